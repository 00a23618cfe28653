// Signals that meet a blocked call. The event loop does not turn meanwhile, so Node alone would leave
// Ctrl-C without effect where the program listens for it.

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { type Ending, type Program, start, success } from '../support/program.js'

const program = new URL('./programs/blocked.mjs', import.meta.url)

/** Calls that block for long, and a path at which they do. */
const CALLS: [call: string, path: string][] = [
  ['connect', '/hang'],
  ['recv', '/silent'],
  ['iteration', '/silent'],
  ['send', '/deaf'],
  ['ping', '/silent'],
  ['close', '/silent'],
]

/** Signals the program until it has ended: the first may come just before it blocks. */
async function signalToTheEnd(running: Program, signal: NodeJS.Signals): Promise<Ending> {
  let ended = false
  const end = running.ended.finally(() => {
    ended = true
  })
  await running.printed('blocked')
  while (!ended) {
    await sleep(200)
    running.kill(signal)
  }
  return end
}

describe('SIGINT', () => {
  test.each(CALLS)('kills a process without a listener that is blocked in %s', async (call, path) => {
    const running = start(program, [peer.ws + path, call])
    const { code, signal, lines } = await signalToTheEnd(running, 'SIGINT')
    expect(signal === 'SIGINT' || code === 130).toBe(true)
    expect(lines).toEqual(['blocked'])
  })

  test.each(CALLS)('ends a blocked %s, after which the listener runs', async (call, path) => {
    const running = start(program, [peer.ws + path, call, 'SIGINT'])
    const { lines, ...ending } = await signalToTheEnd(running, 'SIGINT')
    expect([...new Set(lines)]).toEqual(['blocked', 'threw ERR_WS_INTERRUPTED', 'heard SIGINT'])
    expect(ending).toMatchObject({ stderr: '' })
  })
})

describe('another signal does not end a blocked call', () => {
  test.each(['SIGWINCH', 'SIGCHLD', 'SIGCONT', 'SIGUSR2'] as const)('%s', async (signal) => {
    const running = start(program, [`${peer.ws}/slow?delay=1500`, 'recv', signal])
    await running.printed('blocked')
    // Once is enough for the listener; the second time may find the handler's first wake-up pending.
    running.kill(signal)
    await sleep(300)
    running.kill(signal)
    const { lines, ...ending } = await running.ended
    expect([...new Set(lines)]).toEqual(['blocked', 'returned answer', `heard ${signal}`])
    expect({ ...ending, lines: [] }).toEqual(success())
  })
})
