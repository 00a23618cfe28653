// Outbox, the send queue: sends that wait for back-pressure to end.

import { describe, expect, test } from 'vitest'
import { Outbox } from '../support/internals.js'

const HIGH_WATER_MARK = 10
const FOREVER = { timeout: Number.POSITIVE_INFINITY }

type Wait = Parameters<Outbox['wait']>[1]

function setUp() {
  const sent: string[] = []
  let unsent = 0
  const transmit = (data: unknown) => {
    if (unsent < 0) return -1
    sent.push(String(data))
    unsent += String(data).length
    return unsent
  }
  const outbox = new Outbox({ transmit, explain: (error) => error, turn: () => {} }, HIGH_WATER_MARK)
  const wait = (data: string, each: Wait = FOREVER) => outbox.wait(() => transmit(data), each)
  const drain = () => {
    unsent = 0
    outbox.handleDrained()
  }
  const end = () => {
    unsent = -1
  }
  return { outbox, sent, wait, drain, end }
}

describe('Outbox', () => {
  test('pauses at the high-water mark and resumes in order when drained, up to the mark again', async () => {
    const { outbox, sent, wait, drain } = setUp()
    outbox.send('1234567890')
    expect(outbox.mustWait).toBe(true)
    const waiting = ['first-long-one', 'second', 'third'].map((data) => wait(data))
    expect(sent).toHaveLength(1)
    drain()
    await waiting[0]
    expect(sent).toEqual(['1234567890', 'first-long-one'])
    drain()
    await Promise.all(waiting)
    expect(sent).toEqual(['1234567890', 'first-long-one', 'second', 'third'])
  })

  test('does not send messages whose send was aborted or timed out', async () => {
    const { outbox, sent, wait, drain } = setUp()
    outbox.send('1234567890')
    const controller = new AbortController()
    const aborted = wait('aborted', { ...FOREVER, signal: controller.signal })
    const late = wait('late', { timeout: 5 })
    const kept = wait('kept')
    controller.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'ABORT_ERR' })
    await expect(late).rejects.toMatchObject({ code: 'ERR_WS_SEND_TIMEOUT' })
    drain()
    await kept
    expect(sent).toEqual(['1234567890', 'kept'])
  })

  test('calls whenEmpty once when no send is pending', async () => {
    const { outbox, wait, drain } = setUp()
    let empty = 0
    outbox.send('1234567890')
    const pending = wait('x')
    outbox.whenEmpty(() => empty++)
    expect(empty).toBe(0)
    drain()
    await pending
    drain()
    expect(empty).toBe(1)
  })

  test('keeps a send that native code refuses pending until rejectAll()', async () => {
    const { outbox, wait, drain, end, sent } = setUp()
    outbox.send('1234567890')
    const refused = wait('x')
    end()
    outbox.handleDrained()
    expect(outbox.mustWait).toBe(true)
    expect(outbox.send('y')).toBe(false)
    const later = wait('y')
    drain()
    outbox.rejectAll(() => new Error('not sent'))
    await expect(refused).rejects.toThrow('not sent')
    await expect(later).rejects.toThrow('not sent')
    expect(sent).toEqual(['1234567890'])
  })

  test('sends nothing between reserve() and release(), and then what waited, in order', async () => {
    const { outbox, sent, wait } = setUp()
    expect(outbox.reserve(FOREVER)).toBeUndefined()
    expect(outbox.mustWait).toBe(true)
    const first = wait('first')
    const second = outbox.reserve(FOREVER)
    const third = wait('third')
    let isEmpty = false
    outbox.whenEmpty(() => {
      isEmpty = true
    })
    outbox.handleDrained()
    expect(sent).toEqual([])
    outbox.release()
    await first
    await second
    expect(sent).toEqual(['first'])
    expect(isEmpty).toBe(false)
    outbox.release()
    await third
    expect(sent).toEqual(['first', 'third'])
    expect(isEmpty).toBe(true)
  })

  test('gives a message in fragments room when drained, before the sends that wait', async () => {
    const { outbox, sent, wait, drain } = setUp()
    outbox.reserve(FOREVER)
    outbox.transmit(() => 10)
    expect(outbox.isBlocked).toBe(true)
    const room = outbox.room(FOREVER)
    const later = wait('later')
    drain()
    await room
    expect(outbox.isBlocked).toBe(false)
    expect(sent).toEqual([])
    outbox.release()
    await later
  })

  test('rejects the wait for room of a message in fragments at its deadline and at the end', async () => {
    const { outbox } = setUp()
    outbox.reserve(FOREVER)
    outbox.transmit(() => 10)
    await expect(outbox.room({ timeout: 5 })).rejects.toMatchObject({ code: 'ERR_WS_SEND_TIMEOUT' })
    const room = outbox.room(FOREVER)
    outbox.rejectAll(() => new Error('not sent'))
    await expect(room).rejects.toThrow('not sent')
  })
})
