// Programs of other people, unchanged: they print under websocket-rs/register what they print without it, and their
// connections are ours.

import { describe, test } from 'vitest'
import { make } from '../support/certificates.js'
import { compare, TIMEOUT } from './programs.js'

const JOINED = ['{"event":"phx_join","payload":{"from":1}}', '{"event":"say","payload":{"text":"hello"}}']

const SECURELY = ['localhost:port', 'echo wss', '1000']
const PROXIED = ['localhost:port', 'echo ws', '1000', ...SECURELY, ...SECURELY]

/** What each prints, and how many connections it opens. */
const PROGRAMS: [program: string, lines: string[], opens: number][] = [
  ['socket-io.cjs', ['5', '<Buffer 03 02 01>', 'io client disconnect'], 1],
  ['graphql-ws.mjs', ['1,2,3', '1,2'], 2],
  ['ethers.mjs', ['1n 16'], 1],
  ['viem.mjs', ['1 16n'], 1],
  ['rpc-websockets.mjs', ['8', 'rain', '1000'], 1],
  ['isomorphic-ws.cjs', ['{"hello":1} a true', '4000 done true'], 1],
  ['mqtt.mjs', ['weather/today rain by ws', 'weather/today rain by wss', 'closed'], 2],
  ['kubernetes.mjs', ['v5.channel.k8s.io cat -', 'hello', 'Success'], 1],
  ['socket-io-upgrade.cjs', ['websocket { at: [ 1, <Buffer 62> ] }', '200000', 'io server disconnect'], 1],
  ['centrifuge.mjs', ['websocket', 'rain { at: 1 }', '0 disconnect called'], 1],
  ['discord.cjs', ['ready', 'destroyed'], 1],
  ['home-assistant.mjs', ['2026.1.0 get_states'], 1],
  ['phoenix.mjs', [...JOINED, ...JOINED], 2],
  ['proxy-agent.mjs', PROXIED, 3],
  ['reconnecting-websocket.mjs', ['4001 again', 'now 1 0', '1000 '], 2],
  ['rxjs.mjs', ['open', '{ a: 1 }', '1005 true', 'open', '{ a: 1 }', '1005 true'], 2],
  ['socketcluster.cjs', ['8'], 1],
  ['stomp.mjs', ['hello', '1005 true', 'hello', '1005 true'], 2],
  ['tmi.cjs', ['#room hello', 'CLOSED'], 1],
  ['trpc.mjs', ['hello', '1', '2', 'hello', '1', '2'], 2],
  ['websocket-as-promised.cjs', ['{ a: 1, id: 5, b: 2 }', '1005'], 1],
  ['wscat.mjs', ['b http://here', 're hello'], 1],
]

const { cert, key } = make()

// Without websocket-rs/register too, the broker does not answer under Node 26.
const isMqttBroken = Number.parseInt(process.versions.node, 10) >= 26

describe.each(PROGRAMS)('%s', { timeout: TIMEOUT + 5000 }, (program, lines, opens) => {
  test.skipIf(isMqttBroken && program === 'mqtt.mjs')('prints the same, and uses this package', () =>
    compare(program, lines, opens, { CERT: cert, KEY: key, CA: cert }),
  )
})
