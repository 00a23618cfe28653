// A peer that does not read: unsent bytes grow to the high-water mark and no further, and then sends wait.

import { expect, test } from 'vitest'
import { connect, TimeoutError } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'
import type { AnyConnection } from '../support/apis.js'
import { peer } from '../support/peer.js'

const MARK = 256 * 1024
const SIZE = 16 * 1024
/** The size of the largest header of a client frame. */
const HEADER = 14
const OPTIONS = { highWaterMark: MARK, pingInterval: 0, closeTimeout: 100 }

/** Checks that unsent bytes exceed the mark by less than one message. */
function expectAtMark(bufferedAmount: number): void {
  expect(bufferedAmount).toBeGreaterThanOrEqual(MARK)
  expect(bufferedAmount).toBeLessThan(MARK + SIZE + HEADER)
}

/** Sends until the kernel accepts no more. A full kernel buffer may accept more bytes once after a while. */
async function fill(ws: AnyConnection): Promise<void> {
  const receiveNothing = async () => ws.recv({ timeout: 500 })
  for (let before = -1; before !== ws.stats().bytesSent; ) {
    while (ws.bufferedAmount < MARK) await ws.send(Buffer.alloc(SIZE))
    before = ws.stats().bytesSent
    await expect(receiveNothing()).rejects.toMatchObject({ code: 'ERR_WS_RECEIVE_TIMEOUT' })
  }
}

test('send of the promise API waits at the mark, times out, and is not sent', async () => {
  const ws = await connect(`${peer.ws}/deaf`, OPTIONS)
  const payload = Buffer.alloc(SIZE)
  await fill(ws)
  const { bufferedAmount, messagesSent } = ws.stats()
  expectAtMark(bufferedAmount)
  const pending = Array.from({ length: 50 }, () => ws.send(payload, { timeout: 200 }))
  expect(ws.stats()).toMatchObject({ bufferedAmount, messagesSent })
  for (const outcome of await Promise.allSettled(pending)) {
    expect(outcome.status).toBe('rejected')
    const { reason } = outcome as PromiseRejectedResult
    expect(reason).toBeInstanceOf(TimeoutError)
    expect(reason).toMatchObject({ code: 'ERR_WS_SEND_TIMEOUT' })
  }
  expect(ws.stats()).toMatchObject({ bufferedAmount, messagesSent })
  expect(ws.readyState).toBe(1)
  ws.terminate()
})

test('sendTimeout applies to sends without a timeout', async () => {
  const ws = await connect(`${peer.ws}/deaf`, { ...OPTIONS, sendTimeout: 100 })
  await fill(ws)
  await expect(ws.send('x')).rejects.toMatchObject({ code: 'ERR_WS_SEND_TIMEOUT' })
  ws.terminate()
})

test('sends that are not awaited wait as well, so unsent bytes stay at the mark', async () => {
  const ws = await connect(`${peer.ws}/deaf`, OPTIONS)
  const sends = Array.from({ length: 1000 }, () => ws.send(Buffer.alloc(SIZE)))
  const settled = Promise.allSettled(sends)
  await new Promise((resolve) => setTimeout(resolve, 100))
  expectAtMark(ws.bufferedAmount)
  ws.terminate()
  const outcomes = await settled
  const rejected = outcomes.filter(({ status }) => status === 'rejected')
  expect(rejected.length).toBe(1000 - ws.stats().messagesSent)
  for (const outcome of rejected) {
    expect((outcome as PromiseRejectedResult).reason).toMatchObject({ code: 'ERR_WS_CLOSED' })
  }
})

test('send of the blocking API waits at the mark, times out, and is not sent', async () => {
  const ws = connectBlocking(`${peer.ws}/deaf`, OPTIONS)
  const payload = Buffer.alloc(SIZE)
  await fill(ws)
  const { bufferedAmount, messagesSent } = ws.stats()
  expectAtMark(bufferedAmount)
  const send = () => ws.send(payload, { timeout: 200 })
  expect(send).toThrow(TimeoutError)
  expect(send).toThrow(expect.objectContaining({ code: 'ERR_WS_SEND_TIMEOUT' }))
  expect(ws.stats()).toMatchObject({ bufferedAmount, messagesSent })
  expect(ws.readyState).toBe(1)
  ws.terminate()
})
