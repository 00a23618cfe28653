/** Calls that wait: order, deadlines and signals, few and very many. */

import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Waiters } from '../support/internals.js'
import { faked } from '../support/timers.js'

const aborted = (reason: unknown) => new Error(`aborted: ${reason}`)

/** By one timer for all of them, which tests cannot replace; and by a timer each, which follows fake timers. */
const kinds = [
  { kind: 'by timers of its own', timers: faked },
  { kind: 'by fake timers', timers: undefined },
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
  test('are served in the order they came', () => {
    const { waiters, log, add } = setUp(timers)
    add('first', 1000)
    add('second', 10)
    waiters.shift()?.resolve('a')
    waiters.shift()?.resolve('b')
    expect(waiters.shift()).toBeUndefined()
    expect(log).toEqual(['first got a', 'second got b'])
  })

  test('expire each at its own deadline, whatever their order', () => {
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

  test('that come after others were served have their full time', () => {
    const { waiters, log, add } = setUp(timers)
    add('served', 100)
    vi.advanceTimersByTime(90)
    waiters.shift()?.resolve('x')
    add('later', 100)
    vi.advanceTimersByTime(99)
    expect(log).toEqual(['served got x'])
    vi.advanceTimersByTime(2)
    expect(log).toEqual(['served got x', 'later expired'])
  })

  test('leave the queue when their signal fires, and only they', () => {
    const { waiters, log, add } = setUp(timers)
    const controller = new AbortController()
    add('stays', 100)
    add('goes', 100, controller.signal)
    controller.abort('why')
    expect(log).toEqual(['goes aborted: why'])
    expect(waiters.length).toBe(1)
  })

  test('take their listener off when they are served', () => {
    const { waiters, log, add } = setUp(timers)
    const controller = new AbortController()
    add('served', 100, controller.signal)
    waiters.shift()?.resolve('x')
    controller.abort()
    vi.advanceTimersByTime(1000)
    expect(log).toEqual(['served got x'])
  })

  test('wait longer than a timer can', () => {
    const { log, add } = setUp(timers)
    add('patient', 2 ** 31 + 1000)
    vi.advanceTimersByTime(2 ** 31)
    expect(log).toEqual([])
    vi.advanceTimersByTime(2000)
    expect(log).toEqual(['patient expired'])
  })

  test('expire in the order of their deadlines, those of one moment in the order they came', () => {
    const { waiters, log, add } = setUp(timers)
    const delays = Array.from({ length: 300 }, (_, at) => 1 + ((at * 7919) % 50))
    for (const [at, delay] of delays.entries()) add(`${at}`, delay)
    // Some leave before their time, by each of the ways.
    for (let served = 0; served < 50; served += 1) waiters.shift()?.resolve('x')
    const late = delays.slice(50).map((delay, at) => [delay, at + 50] as const)
    log.length = 0
    for (let time = 0; time < 60; time += 1) {
      vi.advanceTimersByTime(1)
      // The timer has fired, so that these come behind calls whose deadlines have been noted.
      if (time === 10) for (let at = 300; at < 350; at += 1) add(`${at}`, 20 + (at % 3))
    }
    for (let at = 300; at < 350; at += 1) late.push([11 + 20 + (at % 3), at])
    const wanted = late.sort(([a, one], [b, two]) => a - b || one - two).map(([, at]) => `${at} expired`)
    expect(log).toEqual(wanted)
    expect(waiters.length).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('of one owner are taken out, others stay in their order', () => {
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

  test('that share a signal all leave when it fires, each call once', () => {
    const { waiters, log, add } = setUp(timers)
    const controller = new AbortController()
    const heard = vi.spyOn(controller.signal, 'addEventListener')
    for (const name of ['a', 'b', 'c']) add(name, 100, controller.signal)
    waiters.shift()?.resolve('x')
    controller.abort('why')
    expect(log).toEqual(['a got x', 'b aborted: why', 'c aborted: why'])
    expect(heard).toHaveBeenCalledTimes(1)
    expect(waiters.length).toBe(0)
  })

  test('leave no listener on their signal once they are served', () => {
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

describe('of very many waiters', () => {
  beforeEach(() => void vi.useRealTimers())

  /** Runs something and gives the seconds of processor time it took. */
  function cost(run: () => void): number {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1e6
  }

  // An error takes longer to make than all that is measured.
  const gone = new Error('gone')

  /** A queue of so many. */
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

  // Of each the limit is at least ten times what it takes, and at most half of what a quadratic queue does.

  test('each is served in time that does not grow with them', () => {
    const { waiters, ended } = fill(200_000, () => ({ timeout: 30_000 }))
    const spent = cost(() => {
      for (let waiter = waiters.shift(); waiter !== undefined; waiter = waiters.shift()) waiter.resolve('x')
    })
    expect(ended).toHaveLength(200_000)
    expect(spent).toBeLessThan(0.7)
  })

  test('each can be aborted, the last one first', () => {
    // Real ones cost more than what is measured.
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

  test('all can wait under one signal', () => {
    const controller = new AbortController()
    let ended: number[] = []
    const spent = cost(() => {
      ended = fill(40_000, () => ({ timeout: 30_000, signal: controller.signal })).ended
      controller.abort()
    })
    expect(ended).toHaveLength(40_000)
    expect(spent).toBeLessThan(1.5)
  })

  test('each can expire at a time of its own', () => {
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
