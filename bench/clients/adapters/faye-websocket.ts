/** faye-websocket, with 'message' events, and its stream interface for back-pressure. */

import { once } from 'node:events'
import type { Adapter, Endpoint, Payload } from '../adapter.js'
import { CallbackClient, type Socket } from '../callback-api.js'
import type { Cell } from '../job.js'
import { rival, rivalVersion } from '../locate.js'
import { inFlightOf } from '../passes.js'

/** The part of the interface that is used; the package has no types. */
interface FayeWebSocket extends NodeJS.EventEmitter {
  write(payload: Payload): boolean
  send(payload: Payload): boolean
  close(): void
  onmessage: (event: { data: unknown }) => void
}

interface Faye {
  Client: new (url: string, protocols: string[], options: object) => FayeWebSocket
}

/** Larger than any message of the benchmark. */
const MAX_LENGTH = 512 * 1024 * 1024

/**
 * Bytes in flight that fit into the kernel's buffers on every system. The library stops reading while its writes wait
 * for the kernel; an echo server then stops as well, and both wait forever.
 */
const MAX_IN_FLIGHT = 2 * 1024 * 1024

function stalls(cell: Cell): boolean {
  const echoes = cell.workload === 'pipelined' || cell.workload === 'burst'
  return echoes && inFlightOf(cell) * cell.size > MAX_IN_FLIGHT
}

async function connect({ url, ca }: Endpoint): Promise<Socket> {
  const faye = rival<Faye>('faye-websocket')
  const ws = new faye.Client(url, [], { maxLength: MAX_LENGTH, ...(ca === undefined ? {} : { tls: { ca } }) })
  await once(ws, 'open')
  const socket: Socket = {
    send: (payload) => void ws.send(payload),
    onMessage: () => {},
    push(payload) {
      if (ws.write(payload)) return undefined
      return once(ws, 'drain').then(() => {})
    },
    async close() {
      const closed = once(ws, 'close')
      ws.close()
      await closed
    },
    terminate: () => ws.close(),
  }
  ws.onmessage = ({ data }) => socket.onMessage(data)
  return socket
}

export const adapter: Adapter = {
  name: 'faye-websocket',
  version: rivalVersion('faye-websocket'),
  declines: stalls,
  async open(endpoint) {
    const opening = Array.from({ length: endpoint.connections }, () => connect(endpoint))
    return new CallbackClient(await Promise.all(opening))
  },
}
