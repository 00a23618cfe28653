// The end of a connection: closed by either side, lost, or terminated.

import { describe, expect, test } from 'vitest'
import { ConnectionClosedError, connect as connectAsync } from 'websocket-rs'
import { type AnyConnection, apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const closed = (closeCode: number, closeReason = '', wasClean = true) => ({
  name: 'ConnectionClosedError',
  code: 'ERR_WS_CLOSED',
  phase: 'close',
  closeCode,
  closeReason,
  wasClean,
})

/** Expects that every call that requires an open connection fails with the same error. */
async function expectClosed(ws: AnyConnection, error: object): Promise<void> {
  expect(ws.readyState).toBeGreaterThan(1)
  await expect(async () => ws.send('x')).rejects.toMatchObject(error)
  await expect(async () => ws.send('x', { timeout: 5 })).rejects.toMatchObject(error)
  await expect(async () => ws.recv()).rejects.toMatchObject(error)
  await expect(async () => ws.recvMany()).rejects.toMatchObject(error)
  await expect(async () => ws.ping()).rejects.toMatchObject(error)
}

const dispose = async (ws: AnyConnection) =>
  Symbol.asyncDispose in ws ? ws[Symbol.asyncDispose]() : ws[Symbol.dispose]()

describe.each(apis)('$name', ({ connect }) => {
  test.each([[1000], [1001, 'away'], [3000, ''], [4999, 'ä€😀'], [1000, 'r'.repeat(123)]])(
    'close(%i, %j) completes the closing handshake',
    async (code, reason = '') => {
      const ws = await connect(peer.ws)
      await ws.close(code, reason)
      expect(ws).toMatchObject({ readyState: 3, closeCode: code, closeReason: reason, wasClean: true })
      expect(ws.bufferedAmount).toBe(0)
      await expectClosed(ws, closed(code, reason))
    },
  )

  test.each([0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, Number.NaN, '1000', null])(
    'close() rejects the code %s and leaves the connection open',
    async (code) => {
      const ws = await connect(peer.ws)
      const rejection = { name: 'TypeError', code: 'ERR_WS_INVALID_CLOSE' }
      await expect(async () => ws.close(code as number)).rejects.toMatchObject(rejection)
      await expect(async () => ws.close(1000, 'ä'.repeat(62))).rejects.toMatchObject(rejection)
      await ws.send('x')
      expect(await ws.recv()).toBe('x')
      ws.terminate()
    },
  )

  test('close() has no effect on a closed connection', async () => {
    const ws = await connect(peer.ws)
    await ws.close(4000, 'first')
    await ws.close(4001, 'second')
    await dispose(ws)
    ws.terminate()
    expect(ws).toMatchObject({ readyState: 3, closeCode: 4000, closeReason: 'first', wasClean: true })
  })

  test('close() sends all earlier messages before the close frame', async () => {
    const script = peer.script([{ accept: true }, { readUntilClose: true }])
    const ws = await connect(script.url, { closeTimeout: 2000 })
    const sent = Array.from({ length: 100 }, (_, number) => `message ${number}`)
    const sends = sent.map((message) => ws.send(message))
    await ws.close(4000, 'done')
    await Promise.all(sends)
    const { frames } = await script.transcript()
    const texts = frames.map(({ hex }) => Buffer.from(hex, 'hex').toString())
    expect(texts.slice(0, -1)).toEqual(sent)
    expect(frames.at(-1)).toMatchObject({ opcode: 8, masked: true })
    expect(texts.at(-1)?.slice(2)).toBe('done')
  })

  test('recv() returns messages that arrived during close()', async () => {
    const ws = await connect(peer.ws)
    for (const message of ['a', 'b']) await ws.send(message)
    await ws.close()
    expect([await ws.recv(), await ws.recv()]).toEqual(['a', 'b'])
    await expectClosed(ws, closed(1000))
  })

  test.each([
    ['this side', [{ readUntilClose: true }, { hex: '880203e8' }]],
    ['the peer', [{ hex: '880203e8' }, { readUntilClose: true }]],
  ])('ends for a peer that waits for the end of this side, if %s closes first', async (who, steps) => {
    const script = peer.script([{ accept: true }, ...steps, { readToEnd: true }])
    const ws = await connect(script.url, { closeTimeout: 600_000 })
    if (who === 'this side') await ws.close()
    else await expect(async () => ws.recv()).rejects.toMatchObject(closed(1000))
    await ws.close()
    expect(ws).toMatchObject({ readyState: 3, closeCode: 1000, wasClean: true })
    await script.transcript()
  })

  test('close() ends with 1006 after closeTimeout if the peer does not answer', async () => {
    const ws = await connect(`${peer.ws}/silent`, { closeTimeout: 50 })
    await ws.close()
    expect(ws).toMatchObject({ readyState: 3, closeCode: 1006, wasClean: false })
    await expectClosed(ws, closed(1006, '', false))
  })

  test('close() rejects with ERR_WS_CLOSE_TIMEOUT if messages are still unsent', async () => {
    const ws = await connect(`${peer.ws}/deaf`, { closeTimeout: 100, highWaterMark: 0 })
    for (let count = 0; count < 32; count += 1) await ws.send(Buffer.alloc(1024 * 1024))
    await expect(async () => ws.close()).rejects.toMatchObject({
      name: 'TimeoutError',
      code: 'ERR_WS_CLOSE_TIMEOUT',
      phase: 'close',
    })
    expect(ws).toMatchObject({ readyState: 3, closeCode: 1006, wasClean: false })
  })

  test('send() waits above the high-water mark and fails after sendTimeout', async () => {
    const ws = await connect(`${peer.ws}/deaf`, { sendTimeout: 100, highWaterMark: 1000 })
    const flood = async () => {
      for (let count = 0; count < 1000; count += 1) await ws.send(Buffer.alloc(100_000))
    }
    await expect(flood()).rejects.toMatchObject({
      name: 'TimeoutError',
      code: 'ERR_WS_SEND_TIMEOUT',
      phase: 'open',
    })
    expect(ws.readyState).toBe(1)
    expect(ws.bufferedAmount).toBeGreaterThanOrEqual(1000)
    ws.terminate()
  })

  test.each([
    [1000, ''],
    [1001, 'restart'],
    [1011, 'ä€😀'],
    [3000, 'r'.repeat(123)],
    [4999, ''],
  ])('reports the close code %i and reason %j of the peer', async (code, reason) => {
    const ws = await connect(`${peer.ws}/close?code=${code}&reason=${encodeURIComponent(reason)}`)
    await expect(async () => ws.recv()).rejects.toBeInstanceOf(ConnectionClosedError)
    await expectClosed(ws, closed(code, reason))
    await ws.close(4000, 'too late')
    expect(ws).toMatchObject({ readyState: 3, closeCode: code, closeReason: reason, wasClean: true })
  })

  test('reports a close frame without a code as 1005', async () => {
    const ws = await connect(`${peer.ws}/close?code=0`)
    await expect(async () => ws.recv()).rejects.toMatchObject(closed(1005))
    expect(ws).toMatchObject({ closeCode: 1005, wasClean: true })
  })

  test('reports an end without a close frame as 1006', async () => {
    const ws = await connect(`${peer.ws}/close?code=1006`)
    const { phase: _, ...expected } = closed(1006, '', false)
    await expect(async () => ws.recv()).rejects.toMatchObject(expected)
    await expectClosed(ws, expected)
    await ws.close()
    expect(ws).toMatchObject({ readyState: 3, closeCode: 1006, wasClean: false })
  })

  test('reports a reset as 1006 with the cause ECONNRESET', async () => {
    const ws = await connect(`${peer.ws}/close?code=1006&reset=1`)
    await expect(async () => ws.recv()).rejects.toMatchObject({
      name: 'ConnectionClosedError',
      code: 'ERR_WS_CLOSED',
      closeCode: 1006,
      wasClean: false,
      cause: { code: 'ECONNRESET' },
    })
  })

  test.each(['count=3&close=1', 'count=3'])(
    'recv() returns all messages before it reports the end: %s',
    async (query) => {
      const ws = await connect(`${peer.ws}/source?kind=text&size=1&${query}`)
      expect([await ws.recv(), await ws.recv(), await ws.recv()]).toEqual(['0', '1', '2'])
      await expectClosed(ws, closed(1000))
    },
  )

  test('terminate() ends the connection at once, without a close frame', async () => {
    const script = peer.script([{ accept: true }, { readUntilClose: true }])
    const ws = await connect(script.url)
    ws.terminate()
    ws.terminate()
    expect(ws).toMatchObject({ readyState: 3, closeCode: 1006, closeReason: '', wasClean: false })
    await expectClosed(ws, closed(1006, '', false))
    await ws.close()
    const { frames, ended } = await script.transcript()
    expect(frames).toEqual([])
    expect(ended).toMatch(/^(eof|reset)$/)
  })

  test('closes with 1000 when it is disposed', async () => {
    const ws = await connect(peer.ws)
    await dispose(ws)
    expect(ws).toMatchObject({ readyState: 3, closeCode: 1000, wasClean: true })
  })
})

describe('the promise API', () => {
  test('rejects a pending recv() with the close code when close() is called', async () => {
    const ws = await connectAsync(peer.ws)
    const receiving = expect(ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_CLOSED', closeCode: 4000 })
    await ws.close(4000)
    await receiving
  })

  test('rejects all pending calls when the peer closes', async () => {
    const ws = await connectAsync(`${peer.ws}/close?code=4001&reason=bye&after=1`)
    const pending = [ws.recv(), ws.recv(), ws.recvMany(), ws[Symbol.asyncIterator]().next()]
    await ws.send('x')
    const [first, ...rest] = await Promise.allSettled(pending)
    expect(first).toEqual({ status: 'fulfilled', value: 'x' })
    const rejected = { status: 'rejected', reason: closed(4001, 'bye') }
    expect(rest).toMatchObject([rejected, rejected, rejected])
  })

  test('rejects all pending calls when it is terminated', async () => {
    const ws = await connectAsync(`${peer.ws}/silent`)
    const pending = Promise.allSettled([ws.recv(), ws.ping(), ws.recvMany()])
    ws.terminate()
    const rejected = { status: 'rejected', reason: closed(1006, '', false) }
    expect(await pending).toMatchObject([rejected, rejected, rejected])
  })

  test('ends a pending iteration without an error when close() is called', async () => {
    const ws = await connectAsync(peer.ws)
    const next = ws[Symbol.asyncIterator]().next()
    await ws.close()
    expect(await next).toEqual({ value: undefined, done: true })
  })

  test('is CLOSING during the closing handshake, rejects send() and resolves every close() together', async () => {
    const ws = await connectAsync(peer.ws)
    const closing = [ws.close(4000), ws.close(4001)]
    expect(ws.readyState).toBe(2)
    await expect(ws.send('x')).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
    await Promise.all(closing)
    expect(ws).toMatchObject({ readyState: 3, closeCode: 4000 })
  })

  test('each close() ends after its own closeTimeout', async () => {
    const open = (closeTimeout: number) => connectAsync(`${peer.ws}/silent`, { closeTimeout })
    const long = await open(600_000)
    const closing = long.close()
    const connections = await Promise.all([500, 100, 300].map(open))
    const ended: number[] = []
    await Promise.all(connections.map(async (ws, index) => ended.push(await ws.close().then(() => index))))
    expect(ended).toEqual([1, 2, 0])
    const later = await open(50)
    await later.close()
    expect([later.closeCode, long.readyState]).toEqual([1006, 2])
    long.terminate()
    await closing
  })
})
