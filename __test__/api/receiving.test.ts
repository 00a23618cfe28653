// recv(), recvMany() and iteration: order, timeouts, signals, and that no message is lost.

import { describe, expect, test } from 'vitest'
import { connect as connectAsync } from 'websocket-rs'
import { type AnyConnection, apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const TIMEOUT = { name: 'TimeoutError', code: 'ERR_WS_RECEIVE_TIMEOUT', phase: 'open' }
const texts = (count: number) => Array.from({ length: count }, (_, number) => `message ${number}`)

async function sendAll(ws: AnyConnection, messages: string[]): Promise<void> {
  for (const message of messages) await ws.send(message)
}

/** Receives `count` messages with recvMany(). */
async function receiveMany(ws: AnyConnection, count: number): Promise<unknown[]> {
  const received: unknown[] = []
  while (received.length < count) received.push(...(await ws.recvMany()))
  return received
}

describe.each(apis)('$name', ({ connect, iterate }) => {
  test('recvMany() returns all received messages in order, at least one', async () => {
    const ws = await connect(peer.ws)
    const sent = texts(500)
    await sendAll(ws, sent)
    expect(await receiveMany(ws, 500)).toEqual(sent)
    expect(ws.stats().queuedMessages).toBe(0)
    ws.terminate()
  })

  test('recvMany() returns at most max messages, and recv() the next one', async () => {
    const ws = await connect(`${peer.ws}/source?count=10&kind=text&size=1`)
    const first = await ws.recvMany({ max: 1 })
    expect(first).toEqual(['0'])
    const some = await ws.recvMany({ max: 3 })
    expect(some.length).toBeLessThanOrEqual(3)
    expect(await ws.recv()).toBe(`${1 + some.length}`)
    ws.terminate()
  })

  test('recvMany() returns all messages that arrived before the end, then throws', async () => {
    const ws = await connect(`${peer.ws}/source?count=100&size=8`)
    expect(await receiveMany(ws, 100)).toHaveLength(100)
    await expect(async () => ws.recvMany()).rejects.toMatchObject({ code: 'ERR_WS_CLOSED', closeCode: 1000 })
  })

  test.each([null, 5, 'x'])('recvMany() rejects %s as options', async (options) => {
    const ws = await connect(peer.ws)
    await expect(async () => ws.recvMany(options as never)).rejects.toMatchObject({
      name: 'TypeError',
      code: 'ERR_WS_INVALID_OPTION',
    })
    ws.terminate()
  })

  test.each([0, -1, '5', null])('recvMany() rejects max %s and consumes no message', async (max) => {
    const ws = await connect(peer.ws)
    await ws.send('x')
    await expect(async () => ws.recvMany({ max: max as number })).rejects.toMatchObject({
      name: 'TypeError',
      code: 'ERR_WS_INVALID_OPTION',
    })
    expect(await ws.recv()).toBe('x')
    ws.terminate()
  })

  test.each([1000, 1001])(
    'iteration yields all messages and ends without an error on close code %i',
    async (code) => {
      const ws = await connect(`${peer.ws}/close?code=${code}&after=50`)
      const sent = texts(50)
      await sendAll(ws, sent)
      expect(await iterate(ws)).toEqual(sent)
      expect(await iterate(ws)).toEqual([])
      expect(ws.closeCode).toBe(code)
    },
  )

  test.each([0, 1006, 1011, 4000])(
    'iteration yields all messages, then throws on close code %i',
    async (code) => {
      const ws = await connect(`${peer.ws}/close?code=${code}&after=2`)
      await sendAll(ws, ['a', 'b'])
      expect(await iterate(ws, 2)).toEqual(['a', 'b'])
      await expect(iterate(ws)).rejects.toMatchObject({
        name: 'ConnectionClosedError',
        code: 'ERR_WS_CLOSED',
        closeCode: code === 0 ? 1005 : code,
      })
    },
  )

  test('iteration consumes no further message after the loop is left', async () => {
    const ws = await connect(peer.ws)
    const sent = texts(10)
    await sendAll(ws, sent)
    expect(await iterate(ws, 3)).toEqual(sent.slice(0, 3))
    expect(await ws.recv()).toBe(sent[3])
    expect(await iterate(ws, 6)).toEqual(sent.slice(4))
    expect(ws.readyState).toBe(1)
    ws.terminate()
  })

  test('iteration times out if receiveTimeout is set', async () => {
    const ws = await connect(`${peer.ws}/silent`, { receiveTimeout: 30 })
    await expect(iterate(ws)).rejects.toMatchObject(TIMEOUT)
    expect(ws.readyState).toBe(1)
    ws.terminate()
  })

  test('receiveTimeout rejects recv() and recvMany(), and the connection stays usable', async () => {
    const ws = await connect(peer.ws, { receiveTimeout: 30 })
    await expect(async () => ws.recv()).rejects.toMatchObject(TIMEOUT)
    await expect(async () => ws.recvMany()).rejects.toMatchObject(TIMEOUT)
    await ws.send('x')
    expect(await ws.recv({ timeout: 20_000 })).toBe('x')
    ws.terminate()
  })

  test.each([20_000, 0, Number.POSITIVE_INFINITY])(
    'timeout %d of a call overrides receiveTimeout',
    async (timeout) => {
      const ws = await connect(`${peer.ws}/slow?delay=150`, { receiveTimeout: 10 })
      await ws.send('x')
      expect(await ws.recv({ timeout })).toBe('x')
      await ws.send('y')
      expect(await ws.recvMany({ timeout })).toEqual(['y'])
      ws.terminate()
    },
  )

  test.each([-1, '5', null, Number.NaN])(
    'timeout %s is rejected, and the call neither sends nor consumes a message',
    async (timeout) => {
      const ws = await connect(peer.ws)
      await ws.send('x')
      const options = { timeout: timeout as number }
      const rejection = { name: 'TypeError', code: 'ERR_WS_INVALID_OPTION' }
      await expect(async () => ws.recv(options)).rejects.toMatchObject(rejection)
      await expect(async () => ws.recvMany(options)).rejects.toMatchObject(rejection)
      await expect(async () => ws.send('not sent', options)).rejects.toMatchObject(rejection)
      expect(await ws.recv()).toBe('x')
      expect(ws.stats().messagesSent).toBe(1)
      ws.terminate()
    },
  )

  test('recv() returns the message that arrived after the previous recv() timed out', async () => {
    const ws = await connect(`${peer.ws}/slow?delay=200`)
    await ws.send('late')
    await expect(async () => ws.recv({ timeout: 20 })).rejects.toMatchObject(TIMEOUT)
    expect(await ws.recv()).toBe('late')
    ws.terminate()
  })

  test('recv() loses and repeats no message if timeouts coincide with arrivals', async () => {
    const ws = await connect(`${peer.ws}/slow?delay=2`)
    const sent = texts(200)
    const received: unknown[] = []
    let timeouts = 0
    for (const message of sent) {
      await ws.send(message)
      for (let tries = received.length; tries === received.length; ) {
        try {
          received.push(await ws.recv({ timeout: 1 }))
        } catch (error) {
          expect(error).toMatchObject(TIMEOUT)
          timeouts += 1
        }
      }
    }
    expect(received).toEqual(sent)
    expect(timeouts).toBeGreaterThan(0)
    ws.terminate()
  })

  test('an already aborted signal rejects each call, which neither sends nor consumes a message', async () => {
    const ws = await connect(peer.ws)
    await ws.send('x')
    const options = { signal: AbortSignal.abort('enough') }
    const expected = { name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' }
    await expect(async () => ws.recv(options)).rejects.toMatchObject(expected)
    await expect(async () => ws.recvMany(options)).rejects.toMatchObject(expected)
    await expect(async () => ws.send('y', options)).rejects.toMatchObject(expected)
    await expect(async () => ws.ping('y', options)).rejects.toMatchObject(expected)
    expect(await ws.recv()).toBe('x')
    await ws.send('z')
    expect(await ws.recv()).toBe('z')
    ws.terminate()
  })
})

describe('the promise API', () => {
  test('delivers messages to concurrent recv() calls in the order of the calls', async () => {
    const ws = await connectAsync(peer.ws)
    const receiving = Array.from({ length: 20 }, () => ws.recv())
    await sendAll(ws, texts(20))
    expect(await Promise.all(receiving)).toEqual(texts(20))
    ws.terminate()
  })

  test('skips a recv() that was aborted or timed out', async () => {
    const ws = await connectAsync(peer.ws)
    const controller = new AbortController()
    const first = ws.recv()
    const aborted = expect(ws.recv({ signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORT_ERR',
    })
    const late = expect(ws.recv({ timeout: 10 })).rejects.toMatchObject(TIMEOUT)
    const last = ws.recv()
    controller.abort()
    await Promise.all([aborted, late])
    await sendAll(ws, ['a', 'b'])
    expect(await Promise.all([first, last])).toEqual(['a', 'b'])
    ws.terminate()
  })

  test('delivers messages to pending recv(), recvMany() and iterations in the order of the calls', async () => {
    const ws = await connectAsync(peer.ws)
    const pending = [
      ws.recv(),
      ws.recvMany({ max: 1 }),
      ws[Symbol.asyncIterator]().next(),
      ws.recv(),
    ] as const
    await sendAll(ws, ['a', 'b', 'c', 'd'])
    expect(await Promise.all(pending)).toEqual(['a', ['b'], { value: 'c', done: false }, 'd'])
    ws.terminate()
  })
})
