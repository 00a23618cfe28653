// Inbox, the receive queue.

import { describe, expect, test } from 'vitest'
import { Inbox } from '../support/internals.js'

const OVERHEAD = 64

describe('Inbox', () => {
  test('behaves like an array with short and long backlogs', () => {
    const inbox = new Inbox(Number.POSITIVE_INFINITY)
    const model: string[] = []
    let seed = 1
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    let next = 0
    const push = (count: number) => {
      const messages = Array.from({ length: count }, () => String(next++))
      for (const message of messages) inbox.push(message, message.length)
      model.push(...messages)
    }
    for (let step = 0; step < 20_000; step++) {
      const count = random(step % 5000 < 2500 ? 7 : 3)
      if (random(2) === 0) {
        push(count)
      } else if (random(3) === 0) {
        expect(inbox.take(count)).toEqual(model.splice(0, count))
      } else {
        expect(inbox.shift()).toBe(model.shift())
      }
      expect(inbox.length).toBe(model.length)
    }
    expect(inbox.bytes).toBe(model.reduce((sum, message) => sum + message.length + OVERHEAD, 0))
    expect(inbox.take(Number.POSITIVE_INFINITY)).toEqual(model)
    expect(inbox.bytes).toBe(0)
  })

  test('counts an overhead for each message, which limits empty messages too', () => {
    const inbox = new Inbox(10 * OVERHEAD)
    let pushed = 0
    for (; !inbox.isFull; pushed++) inbox.push('', 0)
    expect(pushed).toBe(10)
  })

  test('lets paused reading resume when half of it has been read', () => {
    const inbox = new Inbox(4 * OVERHEAD)
    for (let i = 0; i < 4; i++) inbox.push('', 0)
    inbox.shift()
    expect([inbox.isFull, inbox.isHalfEmpty]).toEqual([false, false])
    inbox.shift()
    expect(inbox.isHalfEmpty).toBe(true)
  })
})
