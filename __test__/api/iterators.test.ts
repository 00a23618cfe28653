// Iterators that are left while they wait: by `return()` and `throw()`, as Node's streams and helpers of iterators do.

import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connect } from 'websocket-rs'
import { refusingAddress } from '../support/addresses.js'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const DONE = { value: undefined, done: true }

async function echo() {
  const ws = await connect(`${peer.ws}/echo`)
  onTestFinished(() => ws.terminate())
  return ws
}

describe('an iterator of messages that is left', () => {
  test('takes no message that comes later', async () => {
    const ws = await echo()
    const iterator = ws[Symbol.asyncIterator]()
    const waiting = [iterator.next(), iterator.next()]
    expect(await iterator.return?.()).toEqual(DONE)
    expect(await Promise.all(waiting)).toEqual([DONE, DONE])
    await ws.send('for the next one')
    expect(await ws.recv()).toBe('for the next one')
  })

  test('leaves the calls of others in their order', async () => {
    const ws = await echo()
    const [left, kept] = [ws[Symbol.asyncIterator](), ws[Symbol.asyncIterator]()]
    const results = [kept.next(), left.next(), ws.recv(), left.next(), kept.next()]
    await left.return?.()
    for (const text of ['1', '2', '3']) await ws.send(text)
    expect(await Promise.all(results)).toEqual([
      { value: '1', done: false },
      DONE,
      '2',
      DONE,
      { value: '3', done: false },
    ])
  })

  test('stays left, and another one goes on', async () => {
    const ws = await echo()
    const iterator = ws[Symbol.asyncIterator]()
    expect(await iterator.return?.('a value')).toEqual({ value: 'a value', done: true })
    await ws.send('x')
    expect(await iterator.next()).toEqual(DONE)
    for await (const message of ws) {
      expect(message).toBe('x')
      break
    }
    expect(ws.readyState).toBe(1)
  })

  test('by throw(), throws that and takes no message either', async () => {
    const ws = await echo()
    const iterator = ws[Symbol.asyncIterator]()
    const waiting = iterator.next()
    const error = new Error('enough')
    await expect(iterator.throw?.(error)).rejects.toBe(error)
    expect(await waiting).toEqual(DONE)
    await ws.send('x')
    expect(await ws.recv()).toBe('x')
    expect(await iterator.next()).toEqual(DONE)
  })

  test('leaves no timer behind that would end it later', async () => {
    const ws = await connect(`${peer.ws}/echo`, { receiveTimeout: 50 })
    onTestFinished(() => ws.terminate())
    const iterator = ws[Symbol.asyncIterator]()
    const waiting = iterator.next()
    await iterator.return?.()
    await sleep(100)
    expect(await waiting).toEqual(DONE)
  })
})

describe.each(apis)('$name', (api) => {
  test('a loop that is left takes what it took and no more', async () => {
    const ws = await api.connect(`${peer.ws}/echo`)
    for (const text of ['1', '2', '3']) await ws.send(text)
    expect(await api.iterate(ws, 1)).toEqual(['1'])
    expect(await api.iterate(ws, 1)).toEqual(['2'])
    expect(await ws.recv()).toBe('3')
    ws.terminate()
  })
})

describe('connect.forever that is left', () => {
  /** Generous: the wait would be ten times as long. */
  const SOON = 6000

  test('ends a wait, and the call that waits for a connection', async () => {
    const url = `ws://${await refusingAddress()}`
    const connections = connect.forever(url, { backoff: { initial: 60_000 }, jitter: 0 })
    const waiting = connections.next()
    await sleep(200)
    const start = performance.now()
    expect(await connections.return()).toEqual(DONE)
    expect(await waiting).toEqual(DONE)
    expect(performance.now() - start).toBeLessThan(SOON)
    expect(await connections.next()).toEqual(DONE)
  })

  test('ends connecting', async () => {
    const connections = connect.forever(`${peer.ws}/hang`, { connectTimeout: 60_000 })
    const waiting = connections.next()
    await sleep(100)
    const start = performance.now()
    const error = new Error('enough')
    await expect(connections.throw(error)).rejects.toBe(error)
    expect(await waiting).toEqual(DONE)
    expect(performance.now() - start).toBeLessThan(SOON)
  })

  test('waits for no shouldReconnect, and closes what has opened meanwhile', async () => {
    const url = `ws://${await refusingAddress()}`
    let asked = 0
    const connections = connect.forever(url, {
      shouldReconnect: () => {
        asked += 1
        return new Promise(() => {})
      },
    })
    const waiting = connections.next()
    while (asked === 0) await sleep(10)
    expect(await connections.return()).toEqual(DONE)
    expect(await waiting).toEqual(DONE)

    const opening = connect.forever(`${peer.ws}/echo`)
    const first = opening.next()
    expect(await opening.return()).toEqual(DONE)
    expect(await first).toEqual(DONE)
  })

  test('before it began never connects, and leaves no listener on the signal', async () => {
    const { signal } = new AbortController()
    const connections = connect.forever('not a URL', { signal })
    expect(await connections.return()).toEqual(DONE)
    expect(await connections.next()).toEqual(DONE)
    const others = connect.forever(`${peer.ws}/echo`, { signal })
    await others.next()
    await others.return()
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})
