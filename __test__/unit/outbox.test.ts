/** Sends that wait. */

import { describe, expect, test } from 'vitest'
import { Outbox } from '../support/internals.js'

const MARK = 10
const FOREVER = { timeout: Number.POSITIVE_INFINITY }

function setUp() {
  const sent: string[] = []
  let unsent = 0
  const outbox = new Outbox((data) => {
    if (unsent < 0) return -1
    sent.push(String(data))
    unsent += String(data).length
    return unsent
  }, MARK)
  const drain = () => {
    unsent = 0
    outbox.handleDrained()
  }
  const end = () => {
    unsent = -1
  }
  return { outbox, sent, drain, end }
}

describe('Outbox', () => {
  test('blocks at the mark and goes on in order when drained, up to the mark again', async () => {
    const { outbox, sent, drain } = setUp()
    outbox.send('1234567890')
    expect(outbox.mustWait).toBe(true)
    const waiting = ['first-long-one', 'second', 'third'].map((data) => outbox.wait(data, FOREVER))
    expect(sent).toHaveLength(1)
    drain()
    await waiting[0]
    expect(sent).toEqual(['1234567890', 'first-long-one'])
    drain()
    await Promise.all(waiting)
    expect(sent).toEqual(['1234567890', 'first-long-one', 'second', 'third'])
  })

  test('does not send what was taken back', async () => {
    const { outbox, sent, drain } = setUp()
    outbox.send('1234567890')
    const controller = new AbortController()
    const aborted = outbox.wait('aborted', { ...FOREVER, signal: controller.signal })
    const late = outbox.wait('late', { timeout: 5 })
    const kept = outbox.wait('kept', FOREVER)
    controller.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'ABORT_ERR' })
    await expect(late).rejects.toMatchObject({ code: 'ERR_WS_SEND_TIMEOUT' })
    drain()
    await kept
    expect(sent).toEqual(['1234567890', 'kept'])
  })

  test('says when nothing waits any more, once', async () => {
    const { outbox, drain } = setUp()
    let empty = 0
    outbox.send('1234567890')
    const waiting = outbox.wait('x', FOREVER)
    outbox.whenEmpty(() => empty++)
    expect(empty).toBe(0)
    drain()
    await waiting
    drain()
    expect(empty).toBe(1)
  })

  test('what native code refuses waits to be told why', async () => {
    const { outbox, drain, end, sent } = setUp()
    outbox.send('1234567890')
    const refused = outbox.wait('x', FOREVER)
    end()
    outbox.handleDrained()
    expect(outbox.mustWait).toBe(true)
    expect(outbox.send('y')).toBe(false)
    const later = outbox.wait('y', FOREVER)
    drain()
    outbox.rejectAll(() => new Error('not sent'))
    await expect(refused).rejects.toThrow('not sent')
    await expect(later).rejects.toThrow('not sent')
    expect(sent).toEqual(['1234567890'])
  })
})
