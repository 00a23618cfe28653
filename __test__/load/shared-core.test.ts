// Giving way to a neighbour on the same core costs milliseconds: who has one waits for replies asleep.

import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { startPeer } from '../support/peer.js'
import { start } from '../support/program.js'

const PROGRAM = new URL('programs/shared-core.mjs', import.meta.url)

/** Runs the command after it on one core. The peer has the other one, so that it answers at once. */
const onCore = (core: number) => ['taskset', '--cpu-list', `${core}`]

// Other systems have no way to bind a process to a core.
describe.runIf(process.platform === 'linux')('a neighbour that never sleeps', () => {
  test.each(apis)('$name', async ({ name }) => {
    const peer = await startPeer([], onCore(0))
    const { lines, ...ending } = await start(PROGRAM, [name, peer.ws], [], onCore(1)).ended
    peer.stop()
    expect(ending).toEqual({ code: 0, signal: null, stderr: '' })
    // Whoever stays awake does not sleep, but lets the neighbour have four milliseconds for each reply.
    expect(Number(lines[0])).toBeGreaterThan(900)
  })
})
