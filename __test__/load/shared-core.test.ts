// Yielding to another process on the same core costs milliseconds, so a connection that shares its core does not busy-poll.

import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { startPeer } from '../support/peer.js'
import { start } from '../support/program.js'

const PROGRAM = new URL('programs/shared-core.mjs', import.meta.url)

/** Runs a command on one core. The peer runs on the other core, so that it replies at once. */
const onCore = (core: number) => ['taskset', '--cpu-list', `${core}`]

// Only on Linux can a process be bound to a core.
describe.runIf(process.platform === 'linux')('a connection that shares its core with a busy process', () => {
  test.each(apis)('sleeps while it waits for replies: $name', async ({ name }) => {
    const peer = await startPeer([], onCore(0))
    const { lines, ...ending } = await start(PROGRAM, [name, peer.ws], [], onCore(1)).ended
    peer.stop()
    expect(ending).toEqual({ code: 0, signal: null, stderr: '' })
    // A busy-polling thread would yield about 4 ms to the other process for each reply instead of sleeping.
    expect(Number(lines[0])).toBeGreaterThan(500)
  })
})
