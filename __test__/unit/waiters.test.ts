// Waiters, the records of pending calls: order, deadlines, signals, and the cost of many of them.

import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Waiters } from '../support/internals.js'
import { faked } from '../support/timers.js'

const aborted = (reason: unknown) => new Error(`aborted: ${reason}`)

/** One timer for all waiters, which fake timers do not replace, or one timer for each, which follows fake timers. */
const kinds = [
  { kind: 'with one timer', timers: faked },
  { kind: 'with fake timers', timers: undefined },
]

function setUp(timers: typeof faked | undefined) {
  const waiters = new Waiters<string>(() => new Error('expired'), timers)
  const log: string[] = []
  const add = (name: string, timeout: number, signal?: AbortSignal) =>
    waiters.add(
      (value) => log.push(`${name} got ${value}`),
      (error) => log.push(`${name} ${error.message}`),
      { timeout, signal },
      aborted,
    )
  return { waiters, log, add }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe.each(kinds)('Waiters $kind', ({ timers }) => {
  test('are resolved in the order in which they were added', () => {
    const { waiters, log, add } = setUp(timers)
    add('first', 1000)
    add('second', 10)
    waiters.shift()?.resolve('a')
    waiters.shift()?.resolve('b')
    expect(waiters.shift()).toBeUndefined()
    expect(log).toEqual(['first got a', 'second got b'])
  })

  test('expire at their own deadlines, in any order', () => {
    const { log, add } = setUp(timers)
    add('long', 300)
    add('short', 100)
    add('forever', Number.POSITIVE_INFINITY)
    vi.advanceTimersByTime(99)
    expect(log).toEqual([])
    vi.advanceTimersByTime(2)
    expect(log).toEqual(['short expired'])
    vi.advanceTimersByTime(200)
    expect(log).toEqual(['short expired', 'long expired'])
    vi.advanceTimersByTime(2 ** 40)
    expect(log).toHaveLength(2)
  })

  test('have their full timeout if earlier ones were resolved', () => {
    const { waiters, log, add } = setUp(timers)
    add('resolved', 100)
    vi.advanceTimersByTime(90)
    waiters.shift()?.resolve('x')
    add('later', 100)
    vi.advanceTimersByTime(99)
    expect(log).toEqual(['resolved got x'])
    vi.advanceTimersByTime(2)
    expect(log).toEqual(['resolved got x', 'later expired'])
  })

  test('leave the queue when their signal fires, and others stay', () => {
    const { waiters, log, add } = setUp(timers)
    const controller = new AbortController()
    add('stays', 100)
    add('goes', 100, controller.signal)
    controller.abort('why')
    expect(log).toEqual(['goes aborted: why'])
    expect(waiters.length).toBe(1)
  })

  test('ignore their signal and deadline after they were resolved', () => {
    const { waiters, log, add } = setUp(timers)
    const controller = new AbortController()
    add('resolved', 100, controller.signal)
    waiters.shift()?.resolve('x')
    controller.abort()
    vi.advanceTimersByTime(1000)
    expect(log).toEqual(['resolved got x'])
  })

  test('can wait longer than the longest timer', () => {
    const { log, add } = setUp(timers)
    add('patient', 2 ** 31 + 1000)
    vi.advanceTimersByTime(2 ** 31)
    expect(log).toEqual([])
    vi.advanceTimersByTime(2000)
    expect(log).toEqual(['patient expired'])
  })

  test('expire in the order of their deadlines, and in the order of their calls if the deadlines are equal', () => {
    const { waiters, log, add } = setUp(timers)
    const delays = Array.from({ length: 300 }, (_, at) => 1 + ((at * 7919) % 50))
    for (const [at, delay] of delays.entries()) add(`${at}`, delay)
    // The first ones are resolved before their deadlines.
    for (let resolved = 0; resolved < 50; resolved += 1) waiters.shift()?.resolve('x')
    const late = delays.slice(50).map((delay, at) => [delay, at + 50] as const)
    log.length = 0
    for (let time = 0; time < 60; time += 1) {
      vi.advanceTimersByTime(1)
      // The timer has fired: these waiters follow others whose deadlines are already scheduled.
      if (time === 10) for (let at = 300; at < 350; at += 1) add(`${at}`, 20 + (at % 3))
    }
    for (let at = 300; at < 350; at += 1) late.push([11 + 20 + (at % 3), at])
    const expected = late.sort(([a, one], [b, two]) => a - b || one - two).map(([, at]) => `${at} expired`)
    expect(log).toEqual(expected)
    expect(waiters.length).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('of one owner are removed, and others keep their order', () => {
    const { waiters, log } = setUp(timers)
    const [mine, yours] = [{}, {}]
    const wait = { timeout: 100 }
    for (const [name, owner] of [
      ['a', mine],
      ['b', yours],
      ['c', mine],
      ['d', undefined],
    ] as const)
      waiters.add(
        (value) => log.push(`${name} got ${value}`),
        (error) => log.push(`${name} ${error.message}`),
        wait,
        aborted,
        owner,
      )
    for (const waiter of waiters.removeOf(mine)) waiter.reject(new Error('left'))
    waiters.shift()?.resolve('x')
    vi.advanceTimersByTime(200)
    expect(log).toEqual(['a left', 'c left', 'b got x', 'd expired'])
  })

  test('that share a signal are all aborted when it fires, with one listener', () => {
    const { waiters, log, add } = setUp(timers)
    const controller = new AbortController()
    const listener = vi.spyOn(controller.signal, 'addEventListener')
    for (const name of ['a', 'b', 'c']) add(name, 100, controller.signal)
    waiters.shift()?.resolve('x')
    controller.abort('why')
    expect(log).toEqual(['a got x', 'b aborted: why', 'c aborted: why'])
    expect(listener).toHaveBeenCalledTimes(1)
    expect(waiters.length).toBe(0)
  })

  test('leave no listener on their signal after they were resolved', () => {
    const { waiters, add } = setUp(timers)
    const { signal } = new AbortController()
    for (let round = 0; round < 3; round += 1) {
      add('a', 100, signal)
      add('b', 100, signal)
      waiters.shift()
      expect(getEventListeners(signal, 'abort')).toHaveLength(1)
      waiters.shift()
      expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    }
  })

  test('are all rejected at the end', () => {
    const { waiters, log, add } = setUp(timers)
    add('one', 100)
    add('two', Number.POSITIVE_INFINITY)
    waiters.rejectAll(() => new Error('over'))
    vi.advanceTimersByTime(1000)
    expect(log).toEqual(['one over', 'two over'])
  })
})

describe('many Waiters', () => {
  beforeEach(() => void vi.useRealTimers())

  /** Runs a function. Returns the processor time that it took, in seconds. */
  function cost(run: () => void): number {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1e6
  }

  // One error for all: creating errors would take longer than the measured code.
  const gone = new Error('gone')

  /** Returns a queue of `count` waiters. */
  function fill(
    count: number,
    waitOf: (at: number) => { timeout: number; signal?: AbortSignal },
    timers = faked,
  ) {
    const ended: number[] = []
    const waiters = new Waiters<string>(() => gone, timers)
    for (let at = 0; at < count; at += 1) {
      const end = () => ended.push(at)
      waiters.add(end, end, waitOf(at), () => gone)
    }
    return { waiters, ended }
  }

  // Each limit is at least ten times the usual cost, and at most half of the cost of a quadratic queue.

  test('are resolved in constant time each', () => {
    const { waiters, ended } = fill(200_000, () => ({ timeout: 30_000 }))
    const spent = cost(() => {
      for (let waiter = waiters.shift(); waiter !== undefined; waiter = waiters.shift()) waiter.resolve('x')
    })
    expect(ended).toHaveLength(200_000)
    expect(spent).toBeLessThan(0.7)
  })

  test('are aborted in constant time each, the last one first', () => {
    // Fake signals, because real ones cost more than the measured code.
    const fires: (() => void)[] = []
    const signal = () =>
      ({
        addEventListener: (_name: string, fire: () => void) => fires.push(fire),
        removeEventListener: () => {},
      }) as unknown as AbortSignal
    const { ended } = fill(150_000, () => ({ timeout: 30_000, signal: signal() }))
    const spent = cost(() => {
      for (const fire of fires.reverse()) fire()
    })
    expect(ended.slice(0, 2)).toEqual([149_999, 149_998])
    expect(ended).toHaveLength(150_000)
    expect(spent).toBeLessThan(1.7)
  })

  test('can share one signal', () => {
    const controller = new AbortController()
    let ended: number[] = []
    const spent = cost(() => {
      ended = fill(40_000, () => ({ timeout: 30_000, signal: controller.signal })).ended
      controller.abort()
    })
    expect(ended).toHaveLength(40_000)
    expect(spent).toBeLessThan(1.5)
  })

  test('can expire at different times', () => {
    let [now, fire] = [0, () => {}]
    const timers = {
      ...faked,
      now: () => now,
      setTimeout: (callback: () => void, delay: number) => {
        const at = now + delay
        fire = () => {
          now = at
          callback()
        }
        return setTimeout(() => {}, 0)
      },
    }
    const { waiters, ended } = fill(20_000, (at) => ({ timeout: 1 + ((at * 7919) % 20_000) }), timers)
    const spent = cost(() => {
      for (let fired = 0; waiters.length > 0 && fired < 40_000; fired += 1) fire()
    })
    expect(ended).toHaveLength(20_000)
    expect(spent).toBeLessThan(0.9)
  })
})
