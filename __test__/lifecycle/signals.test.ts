// Signals during blocked calls. The event loop does not run then, so without help of the package a listener for Ctrl-C
// would never run.

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { type Ending, type Program, start, success } from '../support/program.js'

const program = new URL('./programs/blocked.mjs', import.meta.url)
const selfSignal = new URL('./programs/self-signal.mjs', import.meta.url)

/** The cases of `self-signal.mjs`, which sends itself a signal: the output and the exit code of each. */
const CASES: Record<string, (signal: NodeJS.Signals) => Ending> = {
  'between two blocked calls': (signal) =>
    success(
      `the blocked call was interrupted by ${signal}`,
      'received 1',
      'received 2',
      `handled ${signal}`,
      'received 3',
    ),
  'while the event loop runs': (signal) => success(`handled ${signal}`, 'received 1'),
  'before a blocking call in the listener': (signal) =>
    success(`handled ${signal}`, 'received in the listener'),
  'after a listener added with once': (signal) => ({
    ...success(`the blocked call was interrupted by ${signal}`, `handled ${signal}`, 'again'),
    code: null,
    signal,
  }),
  'after the listener is removed': (signal) => ({ ...success('removed'), code: null, signal }),
  'with a listener that throws': (signal) => ({
    ...success(`the blocked call was interrupted by ${signal}`),
    code: 1,
    stderr: expect.stringContaining('thrown on purpose'),
  }),
}

/** Blocking calls, each with a path at which it blocks. */
const CALLS: [call: string, path: string][] = [
  ['connect', '/hang'],
  ['recv', '/silent'],
  ['iteration', '/silent'],
  ['send', '/deaf'],
  ['ping', '/silent'],
  ['close', '/silent'],
]

/** Signals the program until it has ended, because the first signal may arrive just before it blocks. */
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
  test.each(CALLS)('kills a process that is blocked in %s and has no listener', async (call, path) => {
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

  test.each(CALLS)('interrupts a blocked %s, then runs the listener', async (call, path) => {
    const running = start(program, [peer.ws + path, call, signal])
    const { lines, ...ending } = await signalToTheEnd(running, signal)
    expect([...new Set(lines)]).toEqual(['blocked', threw, `handled ${signal}`])
    expect(ending).toMatchObject({ stderr: '' })
  })

  test('interrupts a blocked call made in lookup, and the call around it', async () => {
    const running = start(program, [`${peer.ws}/silent`, 'lookup', signal, ...others])
    const { lines, ...ending } = await signalToTheEnd(running, signal)
    expect([...new Set(lines)]).toEqual(['blocked', `inner ${message}`, threw, `handled ${signal}`])
    expect(ending).toMatchObject({ stderr: '' })
  })

  test('interrupts a blocked call made in a diagnostics subscriber', async () => {
    const running = start(program, [`${peer.ws}/silent`, 'subscriber', signal, ...others])
    const { lines, ...ending } = await signalToTheEnd(running, signal)
    expect([...new Set(lines)]).toEqual([
      'blocked',
      `inner ${message}`,
      'returned undefined',
      `handled ${signal}`,
    ])
    expect(ending).toMatchObject({ stderr: '' })
  })

  test.each(Object.keys(CASES))('is handled if the program raises it %s', async (what) => {
    const running = start(selfSignal, [`${peer.ws}/echo`, signal, what])
    expect(await running.ended).toEqual(CASES[what]?.(signal))
  })
})

test('a signal does not interrupt a call that is blocked in a Worker', async () => {
  const running = start(selfSignal, [`${peer.ws}/slow?delay=1500`, 'SIGTERM', 'worker'])
  await running.printed('blocked')
  running.kill('SIGTERM')
  expect(await running.ended).toEqual(success('blocked', 'handled SIGTERM', 'returned answer'))
})

test('many signals during a blocked call do not fill the heap', async () => {
  // Each signal leaves garbage within the call. If it were kept, about 100 000 signals would fill the heap.
  const flags = ['--max-old-space-size=16', '--max-semi-space-size=1']
  const running = start(selfSignal, [`${peer.ws}/slow?delay=8000`, 'SIGWINCH', 'many'], flags)
  expect(await running.ended).toEqual(success('received answer'))
})

describe('another signal does not interrupt a blocked call', () => {
  test.each(['SIGWINCH', 'SIGCHLD', 'SIGCONT', 'SIGUSR2'] as const)('%s', async (signal) => {
    const running = start(program, [`${peer.ws}/slow?delay=1500`, 'recv', signal])
    await running.printed('blocked')
    // The second signal may arrive while the wake-up of the first is pending.
    running.kill(signal)
    await sleep(300)
    running.kill(signal)
    const { lines, ...ending } = await running.ended
    expect([...new Set(lines)]).toEqual(['blocked', 'returned answer', `handled ${signal}`])
    expect({ ...ending, lines: [] }).toEqual(success())
  })
})
