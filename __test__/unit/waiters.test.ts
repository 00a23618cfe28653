/** Calls that wait: order, deadlines and signals. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Waiters } from '../support/internals.js'

const aborted = (reason: unknown) => new Error(`aborted: ${reason}`)

function setUp() {
  const waiters = new Waiters<string>(() => new Error('expired'))
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

describe('Waiters', () => {
  test('are served in the order they came', () => {
    const { waiters, log, add } = setUp()
    add('first', 1000)
    add('second', 10)
    waiters.shift()?.resolve('a')
    waiters.shift()?.resolve('b')
    expect(waiters.shift()).toBeUndefined()
    expect(log).toEqual(['first got a', 'second got b'])
  })

  test('expire each at its own deadline, whatever their order', () => {
    const { log, add } = setUp()
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
    const { waiters, log, add } = setUp()
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
    const { waiters, log, add } = setUp()
    const controller = new AbortController()
    add('stays', 100)
    add('goes', 100, controller.signal)
    controller.abort('why')
    expect(log).toEqual(['goes aborted: why'])
    expect(waiters.length).toBe(1)
  })

  test('take their listener off when they are served', () => {
    const { waiters, log, add } = setUp()
    const controller = new AbortController()
    add('served', 100, controller.signal)
    waiters.shift()?.resolve('x')
    controller.abort()
    vi.advanceTimersByTime(1000)
    expect(log).toEqual(['served got x'])
  })

  test('wait longer than a timer can', () => {
    const { log, add } = setUp()
    add('patient', 2 ** 31 + 1000)
    vi.advanceTimersByTime(2 ** 31)
    expect(log).toEqual([])
    vi.advanceTimersByTime(2000)
    expect(log).toEqual(['patient expired'])
  })

  test('are all rejected at the end', () => {
    const { waiters, log, add } = setUp()
    add('one', 100)
    add('two', Number.POSITIVE_INFINITY)
    waiters.rejectAll(() => new Error('over'))
    vi.advanceTimersByTime(1000)
    expect(log).toEqual(['one over', 'two over'])
  })
})
