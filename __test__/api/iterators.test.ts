// Iterators that are ended by `return()` or `throw()` while a call is pending, as streams and iterator helpers do.

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

describe('a message iterator that is ended', () => {
  test('consumes no message that arrives later', async () => {
    const ws = await echo()
    const iterator = ws[Symbol.asyncIterator]()
    const pending = [iterator.next(), iterator.next()]
    expect(await iterator.return?.()).toEqual(DONE)
    expect(await Promise.all(pending)).toEqual([DONE, DONE])
    await ws.send('for the next one')
    expect(await ws.recv()).toBe('for the next one')
  })

  test('keeps the order of other pending calls', async () => {
    const ws = await echo()
    const [ended, kept] = [ws[Symbol.asyncIterator](), ws[Symbol.asyncIterator]()]
    const results = [kept.next(), ended.next(), ws.recv(), ended.next(), kept.next()]
    await ended.return?.()
    for (const text of ['1', '2', '3']) await ws.send(text)
    expect(await Promise.all(results)).toEqual([
      { value: '1', done: false },
      DONE,
      '2',
      DONE,
      { value: '3', done: false },
    ])
  })

  test('stays ended, and a new iterator continues', async () => {
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

  test('rejects throw() with the given error and consumes no message', async () => {
    const ws = await echo()
    const iterator = ws[Symbol.asyncIterator]()
    const pending = iterator.next()
    const error = new Error('enough')
    await expect(iterator.throw?.(error)).rejects.toBe(error)
    expect(await pending).toEqual(DONE)
    await ws.send('x')
    expect(await ws.recv()).toBe('x')
    expect(await iterator.next()).toEqual(DONE)
  })

  test('leaves no timer that rejects the call later', async () => {
    const ws = await connect(`${peer.ws}/echo`, { receiveTimeout: 50 })
    onTestFinished(() => ws.terminate())
    const iterator = ws[Symbol.asyncIterator]()
    const pending = iterator.next()
    await iterator.return?.()
    await sleep(100)
    expect(await pending).toEqual(DONE)
  })
})

describe.each(apis)('$name', (api) => {
  test('consumes no further message after a loop is left', async () => {
    const ws = await api.connect(`${peer.ws}/echo`)
    for (const text of ['1', '2', '3']) await ws.send(text)
    expect(await api.iterate(ws, 1)).toEqual(['1'])
    expect(await api.iterate(ws, 1)).toEqual(['2'])
    expect(await ws.recv()).toBe('3')
    ws.terminate()
  })
})

describe('connect.forever that is ended', () => {
  /** A tenth of the delay or timeout that would otherwise pass, in ms. */
  const SOON = 6000

  test('ends the delay and the pending next()', async () => {
    const url = `ws://${await refusingAddress()}`
    const connections = connect.forever(url, { backoff: { initial: 60_000 }, jitter: 0 })
    const pending = connections.next()
    await sleep(200)
    const start = performance.now()
    expect(await connections.return()).toEqual(DONE)
    expect(await pending).toEqual(DONE)
    expect(performance.now() - start).toBeLessThan(SOON)
    expect(await connections.next()).toEqual(DONE)
  })

  test('aborts a connection attempt', async () => {
    const connections = connect.forever(`${peer.ws}/hang`, { connectTimeout: 60_000 })
    const pending = connections.next()
    await sleep(100)
    const start = performance.now()
    const error = new Error('enough')
    await expect(connections.throw(error)).rejects.toBe(error)
    expect(await pending).toEqual(DONE)
    expect(performance.now() - start).toBeLessThan(SOON)
  })

  test('does not wait for shouldReconnect, and closes a connection that opens later', async () => {
    const url = `ws://${await refusingAddress()}`
    let calls = 0
    const connections = connect.forever(url, {
      shouldReconnect: () => {
        calls += 1
        return new Promise(() => {})
      },
    })
    const pending = connections.next()
    while (calls === 0) await sleep(10)
    expect(await connections.return()).toEqual(DONE)
    expect(await pending).toEqual(DONE)

    const opening = connect.forever(`${peer.ws}/echo`)
    const first = opening.next()
    expect(await opening.return()).toEqual(DONE)
    expect(await first).toEqual(DONE)
  })

  test('never connects if it has not begun, and leaves no listener on the signal', async () => {
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
