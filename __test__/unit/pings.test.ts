// Pings and their pongs (RFC 6455 section 5.5.3), and the timer of the keepalive.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Keepalive, Pings, toPingPayload } from '../support/internals.js'
import { faked } from '../support/timers.js'

const FOREVER = { timeout: Number.POSITIVE_INFINITY }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Returns Pings with a native function that records the payloads that it sends. */
function make(): { pings: Pings; sent: Buffer[] } {
  const sent: Buffer[] = []
  return { sent, pings: new Pings((payload) => sent.push(payload), faked) }
}

describe('Pings', () => {
  test('a pong resolves its ping with the round-trip time', async () => {
    const { pings } = make()
    const round = pings.send(Buffer.from('a'), FOREVER)
    vi.advanceTimersByTime(25)
    expect(pings.settle(Buffer.from('a'))).toBe(25)
    expect(await round).toBe(25)
  })

  test('a pong resolves all earlier pings as well', async () => {
    const { pings } = make()
    const rounds = ['a', 'b', 'c'].map((data) => {
      const round = pings.send(Buffer.from(data), FOREVER)
      vi.advanceTimersByTime(10)
      return round
    })
    expect(pings.settle(Buffer.from('b'))).toBe(20)
    expect(await Promise.all(rounds.slice(0, 2))).toEqual([30, 20])
    expect(pings.settle(Buffer.from('c'))).toBe(10)
    expect(await rounds[2]).toBe(10)
  })

  test('an unsolicited pong resolves no ping', () => {
    const { pings } = make()
    pings.send(Buffer.from('a'), FOREVER)
    expect(pings.settle(Buffer.from('b'))).toBeUndefined()
    expect(pings.settle(Buffer.from('a'))).toBe(0)
    expect(pings.settle(Buffer.from('a'))).toBeUndefined()
  })

  test('pings without a payload get different payloads', () => {
    const { pings, sent } = make()
    for (let count = 0; count < 10; count += 1) pings.send(undefined, FOREVER)
    expect(new Set(sent.map((payload) => payload.toString('hex'))).size).toBe(10)
  })

  test('a pong matches the payload as sent, even if the caller changes its memory', () => {
    const { pings } = make()
    const data = Buffer.from('a')
    pings.send(toPingPayload(data), FOREVER)
    data.fill('b')
    expect(pings.settle(Buffer.from('a'))).toBe(0)
  })

  test('a ping times out alone, and its late pong resolves no ping', async () => {
    const { pings } = make()
    const timeout = { name: 'TimeoutError', code: 'ERR_WS_PING_TIMEOUT' }
    const rejection = expect(pings.send(Buffer.from('a'), { timeout: 50 })).rejects.toMatchObject(timeout)
    const other = pings.send(Buffer.from('b'), FOREVER)
    await vi.advanceTimersByTimeAsync(50)
    await rejection
    expect(pings.settle(Buffer.from('a'))).toBeUndefined()
    pings.settle(Buffer.from('b'))
    expect(await other).toBe(50)
  })

  test('a signal aborts a ping', async () => {
    const controller = new AbortController()
    const { pings } = make()
    const ping = pings.send(Buffer.from('a'), { ...FOREVER, signal: controller.signal })
    controller.abort('enough')
    await expect(ping).rejects.toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' })
  })

  test('a pong for equal payloads resolves the earliest ping if the later ones have been rejected', async () => {
    const { pings } = make()
    const controller = new AbortController()
    const one = pings.send(Buffer.from('a'), FOREVER)
    vi.advanceTimersByTime(10)
    const two = pings.send(Buffer.from('a'), { ...FOREVER, signal: controller.signal })
    vi.advanceTimersByTime(10)
    const three = pings.send(Buffer.from('a'), { timeout: 5 })
    controller.abort()
    const gone = Promise.allSettled([two, three])
    vi.advanceTimersByTime(10)
    expect((await gone).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(pings.settle(Buffer.from('a'))).toBe(30)
    expect(await one).toBe(30)
    expect(pings.settle(Buffer.from('a'))).toBeUndefined()
  })

  test('rejectAll() rejects all pending pings', async () => {
    const { pings } = make()
    const rounds = ['a', 'b'].map((data) => pings.send(Buffer.from(data), FOREVER))
    pings.rejectAll(() => new Error('over'))
    for (const round of rounds) await expect(round).rejects.toThrow('over')
  })

  test('send() returns no promise if the connection is closed', () => {
    expect(new Pings(() => -1).send(undefined, FOREVER)).toBeUndefined()
  })
})

describe('Keepalive', () => {
  test('ticks after the delay that native code returns, and at once after a ping', () => {
    const answers = [100, -2, 50, -1]
    const tick = vi.fn(() => answers.shift() as number)
    new Keepalive({ runKeepalive: tick }, faked).start()
    expect(tick).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(99)
    expect(tick).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(1)
    expect(tick).toHaveBeenCalledTimes(3)
    vi.advanceTimersByTime(50)
    expect(tick).toHaveBeenCalledTimes(4)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('does not tick after stop()', () => {
    const tick = vi.fn(() => 100)
    const keepalive = new Keepalive({ runKeepalive: tick }, faked)
    keepalive.start()
    keepalive.stop()
    vi.advanceTimersByTime(1000)
    expect(tick).toHaveBeenCalledTimes(1)
  })
})
