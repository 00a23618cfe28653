/** Bun's WebSocket, which delivers a Buffer by default. */

import { createRequire } from 'node:module'
import { type WhatwgWebSocket, whatwgAdapter } from '../whatwg-api.js'

interface BunOptions {
  perMessageDeflate: boolean
  tls?: { ca: Buffer }
}

interface Ffi {
  dlopen(
    library: string,
    symbols: object,
  ): { symbols: { clock_gettime(clock: number, to: BigInt64Array): number } }
}

const { WebSocket } = globalThis as unknown as {
  WebSocket: new (url: string, options: BunOptions) => WhatwgWebSocket
}

const CLOCK_MONOTONIC = process.platform === 'darwin' ? 6 : 1
const LIBC = process.platform === 'darwin' ? 'libSystem.dylib' : 'libc.so.6'

/** Returns CLOCK_MONOTONIC minus Bun's hrtime, which starts with the process. */
function clockOffset(): bigint {
  const { dlopen } = createRequire(__filename)('bun:ffi') as Ffi
  const { symbols } = dlopen(LIBC, { clock_gettime: { args: ['int', 'ptr'], returns: 'int' } })
  const time = new BigInt64Array(2)
  symbols.clock_gettime(CLOCK_MONOTONIC, time)
  return (time[0] as bigint) * 1_000_000_000n + (time[1] as bigint) - process.hrtime.bigint()
}

let offset: bigint | undefined

export const adapter = whatwgAdapter(
  {
    name: "Bun's WebSocket",
    version: process.versions.bun ?? '',
    hasNodeLoop: false,
    monotonic() {
      offset ??= clockOffset()
      return process.hrtime.bigint() + offset
    },
  },
  ({ url, ca, compression }) =>
    new WebSocket(url, {
      perMessageDeflate: compression !== 'off',
      ...(ca === undefined ? {} : { tls: { ca } }),
    }),
)
