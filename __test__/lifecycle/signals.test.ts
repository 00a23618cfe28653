// Signals that meet a blocked call. The event loop does not turn meanwhile, so Node alone would leave
// Ctrl-C without effect where the program listens for it.

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { type Ending, type Program, start, success } from '../support/program.js'

const program = new URL('./programs/blocked.mjs', import.meta.url)
const between = new URL('./programs/signalled.mjs', import.meta.url)

/** What `signalled.mjs` does with a signal it sends itself, and how it ends. */
const CASES: Record<string, (signal: NodeJS.Signals) => Ending> = {
  between: (signal) =>
    success(
      `the blocked call was interrupted by ${signal}`,
      'received 1',
      'received 2',
      `heard ${signal}`,
      'received 3',
    ),
  idle: (signal) => success(`heard ${signal}`, 'received 1'),
  inListener: (signal) => success(`heard ${signal}`, 'received in the listener'),
  once: (signal) => ({
    ...success(`the blocked call was interrupted by ${signal}`, `heard ${signal}`, 'again'),
    code: null,
    signal,
  }),
  removed: (signal) => ({ ...success('removed'), code: null, signal }),
  throws: (signal) => ({
    ...success(`the blocked call was interrupted by ${signal}`),
    code: 1,
    stderr: expect.stringContaining('thrown on purpose'),
  }),
}

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
})

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s', (signal) => {
  const message = `the blocked call was interrupted by ${signal}`
  const threw = `threw ERR_WS_INTERRUPTED: ${message}`
  const others = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).filter((other) => other !== signal)

  test.each(CALLS)('ends a blocked %s, after which the listener runs', async (call, path) => {
    const running = start(program, [peer.ws + path, call, signal])
    const { lines, ...ending } = await signalToTheEnd(running, signal)
    expect([...new Set(lines)]).toEqual(['blocked', threw, `heard ${signal}`])
    expect(ending).toMatchObject({ stderr: '' })
  })

  test('ends a blocked call that is made in lookup, and the one around it', async () => {
    const running = start(program, [`${peer.ws}/silent`, 'lookup', signal, ...others])
    const { lines, ...ending } = await signalToTheEnd(running, signal)
    expect([...new Set(lines)]).toEqual(['blocked', `inner ${message}`, threw, `heard ${signal}`])
    expect(ending).toMatchObject({ stderr: '' })
  })

  test('ends a blocked call that is made in a subscriber of diagnostics', async () => {
    const running = start(program, [`${peer.ws}/silent`, 'subscriber', signal, ...others])
    const { lines, ...ending } = await signalToTheEnd(running, signal)
    expect([...new Set(lines)]).toEqual([
      'blocked',
      `inner ${message}`,
      'returned undefined',
      `heard ${signal}`,
    ])
    expect(ending).toMatchObject({ stderr: '' })
  })

  test.each(Object.keys(CASES))('%s', async (what) => {
    const running = start(between, [`${peer.ws}/echo`, signal, what])
    expect(await running.ended).toEqual(CASES[what]?.(signal))
  })
})

test('a signal is for the main thread: a call that blocks in a Worker goes on', async () => {
  const running = start(between, [`${peer.ws}/slow?delay=1500`, 'SIGTERM', 'worker'])
  await running.printed('blocked')
  running.kill('SIGTERM')
  expect(await running.ended).toEqual(success('blocked', 'heard SIGTERM', 'returned answer'))
})

test('a call that blocks under many signals takes no more memory', async () => {
  // What each signal costs is garbage within the call: where it is kept, the heap is full after some 100 000.
  const flags = ['--max-old-space-size=16', '--max-semi-space-size=1']
  const running = start(between, [`${peer.ws}/slow?delay=8000`, 'SIGWINCH', 'many'], flags)
  expect(await running.ended).toEqual(success('received answer'))
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
