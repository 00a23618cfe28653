// Networks that break during connect, or lose packets. Each case runs in a process of its own, which reports the
// documented error, leaves no socket open, and exits. An abandoned lookup keeps its socket until the C library has finished,
// because the timeout of the name server is longer than that of the test; it does not keep the process alive.

import { describe, expect, test } from 'vitest'
import { startNetwork } from '../support/network.js'
import { success } from '../support/program.js'

const program = new URL('./programs/opening.mjs', import.meta.url)

/** The fault, its name in programs/opening.mjs, and the lines the program prints. */
const FAULTS: [what: string, fault: string, lines: string[], special?: { tls?: true; sockets?: number }][] = [
  ['delivers all echoes in order at 5 % packet loss', 'loss', ['100 in order, packets lost: true']],
  [
    'times out in phase upgrade in a black hole after the TCP handshake',
    'opening',
    ['ERR_WS_CONNECT_TIMEOUT upgrade'],
  ],
  [
    'times out in phase tls in a black hole during the TLS handshake',
    'opening',
    ['ERR_WS_CONNECT_TIMEOUT tls'],
    { tls: true },
  ],
  [
    'connects to the second address if the first is unreachable',
    'addresses',
    ['unreachable address tried: true, connected to 10.99.0.2'],
  ],
  [
    'times out in phase resolve if the DNS server never responds',
    'resolve',
    ['ERR_WS_CONNECT_TIMEOUT resolve'],
    { sockets: 1 },
  ],
]

// Network namespaces exist on Linux only.
describe.runIf(process.platform === 'linux').each(['websocket-rs', 'websocket-rs/sync'])('%s', (api) => {
  test.each(FAULTS)('%s', async (_what, fault, lines, special = {}) => {
    const { peer, start } = await startNetwork()
    const url = special.tls ? peer.wss.replace('localhost', '10.99.0.2') : peer.ws
    const ending = await start(program, [api, url, fault]).ended
    expect(ending).toEqual(success(...lines, `sockets ${special.sockets ?? 0}`))
  })
})
