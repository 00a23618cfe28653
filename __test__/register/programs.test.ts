// Programs of other people, unchanged: they print under websocket-rs/register what they print without it, and their
// connections are ours.

import { describe, expect, test } from 'vitest'
import { make } from '../support/certificates.js'
import { registered, run } from './programs.js'

const counted = ['--require', './count-opens.cjs']

/** What each prints, and how many connections it opens. */
const PROGRAMS: [program: string, lines: string[], opens: number][] = [
  ['socket-io.cjs', ['5', '<Buffer 03 02 01>', 'io client disconnect'], 1],
  ['graphql-ws.mjs', ['1,2,3', '1,2'], 2],
  ['ethers.mjs', ['1n 16'], 1],
  ['viem.mjs', ['1 16n'], 1],
  ['rpc-websockets.mjs', ['8', 'rain', '1000'], 1],
  ['isomorphic-ws.cjs', ['{"hello":1} a true', '4000 done true'], 1],
  ['mqtt.mjs', ['weather/today rain by ws', 'weather/today rain by wss', 'closed'], 2],
]

const { cert, key } = make()

// Without websocket-rs/register too, the broker does not answer under Node 26.
const isMqttBroken = Number.parseInt(process.versions.node, 10) >= 26

describe.each(PROGRAMS)('%s', (program, lines, opens) => {
  const env = { CERT: cert, KEY: key, CA: cert }

  test.skipIf(isMqttBroken && program === 'mqtt.mjs')('prints the same, and uses this package', async () => {
    const [original, ours] = await Promise.all([
      run(program, { flags: counted, env }),
      run(program, { flags: [...counted, ...registered], env }),
    ])
    expect(original).toEqual({ code: 0, lines: [...lines, 'opened 0'], stderr: '' })
    expect(ours).toEqual({ code: 0, lines: [...lines, `opened ${opens}`], stderr: '' })
  })
})
