// A peer that does not read: what is unsent grows to the mark and no further, and sends wait.

import { expect, test } from 'vitest'
import { connect, TimeoutError } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'
import type { AnyConnection } from '../support/apis.js'
import { peer } from '../support/peer.js'

const MARK = 256 * 1024
const SIZE = 16 * 1024
/** Header bytes of the largest client frame. */
const HEADER = 14
const OPTIONS = { highWaterMark: MARK, pingInterval: 0, closeTimeout: 100 }

/** What is unsent never passes the mark by more than the message that reached it. */
function expectAtMark(bufferedAmount: number): void {
  expect(bufferedAmount).toBeGreaterThanOrEqual(MARK)
  expect(bufferedAmount).toBeLessThan(MARK + SIZE + HEADER)
}

/** Sends until the kernel takes no more: it may make room once again a while after it was full. */
async function fill(ws: AnyConnection): Promise<void> {
  const silence = async () => ws.recv({ timeout: 500 })
  for (let before = -1; before !== ws.stats().bytesSent; ) {
    while (ws.bufferedAmount < MARK) await ws.send(Buffer.alloc(SIZE))
    before = ws.stats().bytesSent
    await expect(silence()).rejects.toMatchObject({ code: 'ERR_WS_RECEIVE_TIMEOUT' })
  }
}

test('a promised send waits at the mark, times out, and is then not sent', async () => {
  const ws = await connect(`${peer.ws}/deaf`, OPTIONS)
  const payload = Buffer.alloc(SIZE)
  await fill(ws)
  const { bufferedAmount, messagesSent } = ws.stats()
  expectAtMark(bufferedAmount)
  const waiting = Array.from({ length: 50 }, () => ws.send(payload, { timeout: 200 }))
  expect(ws.stats()).toMatchObject({ bufferedAmount, messagesSent })
  for (const outcome of await Promise.allSettled(waiting)) {
    expect(outcome.status).toBe('rejected')
    const { reason } = outcome as PromiseRejectedResult
    expect(reason).toBeInstanceOf(TimeoutError)
    expect(reason).toMatchObject({ code: 'ERR_WS_SEND_TIMEOUT' })
  }
  expect(ws.stats()).toMatchObject({ bufferedAmount, messagesSent })
  expect(ws.readyState).toBe(1)
  ws.terminate()
})

test('sendTimeout applies to sends without a timeout of their own', async () => {
  const ws = await connect(`${peer.ws}/deaf`, { ...OPTIONS, sendTimeout: 100 })
  await fill(ws)
  await expect(ws.send('x')).rejects.toMatchObject({ code: 'ERR_WS_SEND_TIMEOUT' })
  ws.terminate()
})

test('un-awaited sends wait as well: unsent bytes stay at the mark', async () => {
  const ws = await connect(`${peer.ws}/deaf`, OPTIONS)
  const sends = Array.from({ length: 1000 }, () => ws.send(Buffer.alloc(SIZE)))
  const settled = Promise.allSettled(sends)
  await new Promise((resolve) => setTimeout(resolve, 100))
  expectAtMark(ws.bufferedAmount)
  ws.terminate()
  const outcomes = await settled
  const refused = outcomes.filter(({ status }) => status === 'rejected')
  expect(refused.length).toBe(1000 - ws.stats().messagesSent)
  for (const outcome of refused) {
    expect((outcome as PromiseRejectedResult).reason).toMatchObject({ code: 'ERR_WS_CLOSED' })
  }
})

test('a blocking send waits at the mark, times out, and is then not sent', async () => {
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
