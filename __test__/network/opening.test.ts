// Networks that break while a connection opens, or lose packets, met by a process of its own: it ends as
// documented, leaves no socket behind, and exits. Only a lookup that was given up keeps its own until the C library is done with it,
// which does not keep the process: the name server's time-out is longer than the test's.

import { describe, expect, test } from 'vitest'
import { startNetwork } from '../support/network.js'
import { success } from '../support/program.js'

const program = new URL('./programs/opening.mjs', import.meta.url)

/** What a program meets, the fault's name in programs/opening.mjs, and what it prints. */
const FAULTS: [what: string, fault: string, lines: string[], special?: { tls?: true; sockets?: number }][] = [
  ['5 % loss: all echoes come, in order', 'loss', ['100 in order, packets lost: true']],
  ['a black hole between TCP and upgrade', 'opening', ['ERR_WS_CONNECT_TIMEOUT upgrade']],
  ['a black hole during the TLS handshake', 'opening', ['ERR_WS_CONNECT_TIMEOUT tls'], { tls: true }],
  ['a dead address before a live one', 'addresses', ['dead one tried: true, at 10.99.0.2']],
  ['a DNS server that never answers', 'resolve', ['ERR_WS_CONNECT_TIMEOUT resolve'], { sockets: 1 }],
]

// As with the faults beside it: elsewhere there are no namespaces.
describe.runIf(process.platform === 'linux').each(['websocket-rs', 'websocket-rs/sync'])('%s', (face) => {
  test.each(FAULTS)('%s', async (_what, fault, lines, special = {}) => {
    const { peer, start } = await startNetwork()
    const url = special.tls ? peer.wss.replace('localhost', '10.99.0.2') : peer.ws
    const ending = await start(program, [face, url, fault]).ended
    expect(ending).toEqual(success(...lines, `sockets ${special.sockets ?? 0}`))
  })
})
