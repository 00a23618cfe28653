// recvStream: one message as it arrives, under both APIs.

import { describe, expect, test } from 'vitest'
import type { Message } from 'websocket-rs'
import { type AnyConnection, apis, call } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { Opcode } from '../wire/bytes.js'

const { Binary, Continuation, Text } = Opcode

const first = (text: string) => ({ frame: { opcode: Text, fin: false, text } })
const more = (text: string) => ({ frame: { opcode: Continuation, fin: false, text } })
const last = (text: string) => ({ frame: { opcode: Continuation, fin: true, text } })
const whole = (text: string) => ({ frame: { opcode: Text, fin: true, text } })
const large = (fill: number) => ({ frame: { opcode: Binary, fin: true, fill } })
/** The peer waits for a message of the test before it goes on. */
const gate = { readFrame: true }
/** The peer's close frame with code 1000. */
const close = { hex: '8802 03e8' }
const end = { readToEnd: true }

type Stream = Awaited<ReturnType<AnyConnection['recvStream']>>

/** Returns an iterator over the chunks. Its results are awaited, which the blocking API does not need. */
function iterator(stream: Stream): { next(): Promise<IteratorResult<Message>>; return(): unknown } {
  const chunks = Symbol.iterator in stream ? stream[Symbol.iterator]() : stream[Symbol.asyncIterator]()
  return { next: async () => chunks.next(), return: () => chunks.return?.() }
}

/** Returns all chunks. */
async function collect(stream: Iterable<Message> | AsyncIterable<Message>): Promise<Message[]> {
  const chunks: Message[] = []
  for await (const chunk of stream as AsyncIterable<Message>) chunks.push(chunk)
  return chunks
}

/** Returns the bytes of all chunks, counted. */
async function count(stream: Iterable<Message> | AsyncIterable<Message>): Promise<number> {
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Message>) bytes += chunk.length
  return bytes
}

describe.each(apis)('$name', ({ connect, isBlocking, iterate }) => {
  const script = (...steps: object[]) => peer.script([{ accept: true }, ...steps, end]).url
  /** Waits until what was sent has arrived: the peer answers a ping after it. */
  const settle = (ws: AnyConnection) => call(() => ws.ping())

  test('gives the kind first, and each chunk when it has arrived', async () => {
    const ws = await connect(script(first('he'), gate, more('l'), gate, last('lo'), whole('next')))
    const stream = await ws.recvStream()
    expect(stream.kind).toBe('text')
    const chunks = iterator(stream)
    expect(await chunks.next()).toEqual({ value: 'he', done: false })
    await ws.send('more')
    expect(await chunks.next()).toEqual({ value: 'l', done: false })
    await ws.send('more')
    expect(await chunks.next()).toEqual({ value: 'lo', done: false })
    expect(await chunks.next()).toEqual({ value: undefined, done: true })
    expect(await chunks.next()).toEqual({ value: undefined, done: true })
    expect(await ws.recv()).toBe('next')
    expect(ws.stats().messagesReceived).toBe(2)
    ws.terminate()
  })

  test('gives a message that is queued as one chunk, an empty one without any', async () => {
    const ws = await connect(peer.ws)
    for (const message of ['text', Buffer.of(1, 2), '', Buffer.of()]) await ws.send(message)
    await settle(ws)
    const streams = [
      await ws.recvStream(),
      await ws.recvStream(),
      await ws.recvStream(),
      await ws.recvStream(),
    ]
    expect(streams.map(({ kind }) => kind)).toEqual(['text', 'binary', 'text', 'binary'])
    const chunks: Message[][] = []
    for (const stream of streams) chunks.push(await collect(stream))
    expect(chunks).toEqual([['text'], [Buffer.of(1, 2)], [], []])
    ws.terminate()
  })

  test.skipIf(isBlocking)('a call behind one for a message gets the next as it arrives', async () => {
    const ws = await connect(script(gate, whole('small'), gate, first('he'), gate, last('llo')))
    const [message, stream] = [ws.recv(), ws.recvStream()]
    await ws.send('more')
    expect(await message).toBe('small')
    await ws.send('more')
    const chunks = iterator(await stream)
    expect(await chunks.next()).toEqual({ value: 'he', done: false })
    await ws.send('more')
    expect(await chunks.next()).toEqual({ value: 'llo', done: false })
    ws.terminate()
  })

  test('text chunks end with whole characters', async () => {
    const ws = await connect(script({ hex: '0103 61f09f' }, gate, { hex: '0001 98' }, { hex: '8002 8062' }))
    const chunks = iterator(await ws.recvStream())
    expect(await chunks.next()).toEqual({ value: 'a', done: false })
    await ws.send('more')
    let rest = ''
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      rest += next.value
      expect(next.value).not.toContain('\ufffd')
    }
    expect(rest).toBe('\u{1f600}b')
    ws.terminate()
  })

  test('streams a message of any size, which maxMessageSize does not limit', async () => {
    const ws = await connect(script(large(5_000_000), whole('after')), { maxMessageSize: 1000 })
    expect(await count(await ws.recvStream())).toBe(5_000_000)
    expect(await ws.recv()).toBe('after')
    ws.terminate()
  })

  test('a message larger than maxMessageSize waits behind those in the queue, and is streamed then', async () => {
    const ws = await connect(script(whole('small'), large(5000), whole('after')), { maxMessageSize: 1000 })
    expect(await ws.recv()).toBe('small')
    const stream = await ws.recvStream()
    expect(stream.kind).toBe('binary')
    expect(await count(stream)).toBe(5000)
    expect(await ws.recv()).toBe('after')
    ws.terminate()
  })

  const tooBig = {
    code: 'ERR_WS_MESSAGE_TOO_BIG',
    closeCode: 1009,
    message: expect.stringContaining('1000 bytes'),
  }

  test.each<[string, (ws: AnyConnection) => unknown]>([
    ['recv', (ws) => ws.recv()],
    ['recvMany', (ws) => ws.recvMany()],
    ['recvJSON', (ws) => ws.recvJSON()],
    ['iteration', (ws) => iterate(ws)],
  ])('%s refuses a message larger than maxMessageSize, after those in the queue', async (_name, receive) => {
    const { url, transcript } = peer.script([
      { accept: true },
      whole('1'),
      large(5000),
      { readUntilClose: true },
    ])
    const ws = await connect(url, { maxMessageSize: 1000 })
    expect(await ws.recv()).toBe('1')
    await expect(call(() => receive(ws) as Promise<unknown>)).rejects.toMatchObject(tooBig)
    expect((await transcript()).frames.at(-1)?.hex).toMatch(/^03f1/)
  })

  test('tryRecv refuses it too, and does not throw', async () => {
    const ws = await connect(script(large(5000)), { maxMessageSize: 1000 })
    while (ws.closed === undefined || ws.readyState === 1) {
      expect(ws.tryRecv()).toBeUndefined()
      if (!isBlocking) await new Promise(setImmediate)
    }
    expect((await ws.closed)?.error).toMatchObject(tooBig)
  })

  test.each<[string, (stream: Stream) => unknown]>([
    ['cancel', (stream) => stream.cancel()],
    ['leaving the loop', (stream) => iterator(stream).return()],
    [
      'disposal',
      (stream) => (Symbol.dispose in stream ? stream[Symbol.dispose]() : stream[Symbol.asyncDispose]()),
    ],
  ])('%s skips the rest of the message and loses none after it', async (_name, leave) => {
    const ws = await connect(
      script(first('a'), gate, more('b'), last('c'), whole('next'), first('d'), last('e')),
    )
    const stream = await ws.recvStream()
    const chunks = iterator(stream)
    await chunks.next()
    await leave(stream)
    expect(await chunks.next()).toEqual({ value: undefined, done: true })
    expect(await collect(stream)).toEqual([])
    await ws.send('more')
    expect([await ws.recv(), await ws.recv()]).toEqual(['next', 'de'])
    stream.cancel()
    ws.terminate()
  })

  test('a stream that is left with most of its message unread loses no message after it', async () => {
    const ws = await connect(script(large(20_000_000), whole('next')), { receiveQueue: { bytes: 10_000 } })
    for await (const chunk of (await ws.recvStream()) as AsyncIterable<Message>) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
    expect(await ws.recv()).toBe('next')
    expect(ws.stats()).toMatchObject({ queuedBytes: 0, messagesReceived: 2 })
    ws.terminate()
  })

  test.each([
    ['the close code 1000', [close], { code: 'ERR_WS_CLOSED', closeCode: 1000 }],
    ['no close frame', [{ shutdown: true }], { code: 'ERR_WS_CLOSED', closeCode: 1006 }],
    ['a violation', [whole('x')], { code: 'ERR_WS_PROTOCOL' }],
  ])(
    'rejects, after the chunks that have arrived, if the connection ends within the message by %s',
    async (_name, steps, error) => {
      const ws = await connect(script(first('a'), gate, more('b'), ...steps))
      const stream = await ws.recvStream()
      const chunks = iterator(stream)
      expect(await chunks.next()).toEqual({ value: 'a', done: false })
      await ws.send('more')
      expect(await chunks.next()).toEqual({ value: 'b', done: false })
      await expect(chunks.next()).rejects.toMatchObject(error)
      await expect(call(() => ws.recvStream())).rejects.toMatchObject(error)
      stream.cancel()
      expect(await chunks.next()).toEqual({ value: undefined, done: true })
      ws.terminate()
    },
  )

  test('rejects as recv does: at its deadline, with an aborted signal, and at the end', async () => {
    const ws = await connect(script(gate, close))
    await expect(call(() => ws.recvStream({ timeout: 1 }))).rejects.toMatchObject({
      code: 'ERR_WS_RECEIVE_TIMEOUT',
    })
    await expect(call(() => ws.recvStream({ signal: AbortSignal.abort() }))).rejects.toMatchObject({
      name: 'AbortError',
    })
    await expect(call(() => ws.recvStream({ max: 1 } as never))).rejects.toMatchObject({
      code: 'ERR_WS_UNKNOWN_OPTION',
    })
    await ws.send('more')
    await expect(call(() => ws.recvStream())).rejects.toMatchObject({
      code: 'ERR_WS_CLOSED',
      closeCode: 1000,
    })
    ws.terminate()
  })

  describe('after a call that has timed out', () => {
    const late = { timeout: 1 }

    async function open(...steps: object[]): Promise<AnyConnection> {
      const ws = await connect(script(gate, ...steps), { maxMessageSize: 1000 })
      await expect(call(() => ws.recvStream(late))).rejects.toMatchObject({ code: 'ERR_WS_RECEIVE_TIMEOUT' })
      await ws.send('begin')
      return ws
    }

    test('recv gets the message as a whole', async () => {
      const ws = await open(first('a'), more('b'), last('c'), large(3), whole('d'))
      expect([await ws.recv(), await ws.recv(), await ws.recv()]).toEqual(['abc', Buffer.from('aaa'), 'd'])
      ws.terminate()
    })

    test('recvStream gets all of it, although parts have arrived before', async () => {
      const ws = await open(first('a'), gate, more('b'), gate, last('c'), whole('d'))
      await expect(call(() => ws.recv({ timeout: 20 }))).rejects.toMatchObject({
        code: 'ERR_WS_RECEIVE_TIMEOUT',
      })
      await ws.send('more')
      const stream = await ws.recvStream()
      await ws.send('more')
      expect((await collect(stream)).join('')).toBe('abc')
      expect(await ws.recv()).toBe('d')
      ws.terminate()
    })

    // The smaller one arrives at once.
    test.each([1001, 3_000_000])(
      'recv refuses a message of %i bytes, maxMessageSize being 1000',
      async (size) => {
        const ws = await open(large(size))
        await expect(call(() => ws.recv())).rejects.toMatchObject(tooBig)
        expect(ws.readyState).toBe(3)
      },
    )

    test.each([1001, 3_000_000])('recvStream gets a message of %i bytes', async (size) => {
      const ws = await open(large(size), whole('after'))
      await expect(call(() => ws.ping(undefined, { timeout: 50 }))).rejects.toMatchObject({
        code: 'ERR_WS_PING_TIMEOUT',
        message: expect.stringContaining('a message is not read to its end, the pong may be behind it'),
      })
      expect(await count(await ws.recvStream())).toBe(size)
      expect(await ws.recv()).toBe('after')
      ws.terminate()
    })
  })

  test('a consumer that stops reading stops the peer, and goes on later', async () => {
    const size = 50_000_000
    const queue = 100_000
    const ws = await connect(script(large(size)), { receiveQueue: { bytes: queue }, pingInterval: 0 })
    const chunks = iterator(await ws.recvStream())
    let bytes = ((await chunks.next()).value as Buffer).length
    // The peer's pong is behind the rest of the message.
    await expect(call(() => ws.ping(undefined, { timeout: 100 }))).rejects.toMatchObject({
      code: 'ERR_WS_PING_TIMEOUT',
    })
    const { bytesReceived, queuedBytes } = ws.stats()
    // Reading goes on when half of the queue is free, and the first chunk was taken from a full one.
    expect(queuedBytes).toBeGreaterThan(queue / 2)
    expect(bytesReceived).toBeLessThan(queue + 3_000_000)
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next())
      bytes += next.value.length
    expect(bytes).toBe(size)
    expect(ws.stats().queuedBytes).toBe(0)
    ws.terminate()
  })

  test('close skips a message that is held', async () => {
    const { url, transcript } = peer.script([
      { accept: true },
      large(5000),
      { readUntilClose: true },
      close,
      end,
    ])
    const ws = await connect(url, { maxMessageSize: 1000 })
    await expect(call(() => ws.ping(undefined, { timeout: 50 }))).rejects.toMatchObject({
      code: 'ERR_WS_PING_TIMEOUT',
    })
    await ws.close()
    expect(ws.wasClean).toBe(true)
    expect((await transcript()).frames.at(-1)?.hex).toMatch(/^03e8/)
  })

  test('close does not wait for a stream that is not read, which is then incomplete', async () => {
    const { url } = peer.script([{ accept: true }, large(20_000_000), { readUntilClose: true }, close, end])
    const ws = await connect(url, { receiveQueue: { bytes: 10_000 } })
    const chunks = iterator(await ws.recvStream())
    await ws.close()
    expect(ws.wasClean).toBe(true)
    let bytes = 0
    const read = async () => {
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next())
        bytes += next.value.length
    }
    await expect(read()).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
    expect(bytes).toBeLessThan(5_000_000)
  })

  test('chunks that are queued do not change with reuseMemory, whatever is received meanwhile', async () => {
    const small = 20_000
    const options = { reuseMemory: true, receiveQueue: { bytes: 1e8 } }
    const ws = await connect(
      script(large(150_000), { repeat: small, hex: `820a${'62'.repeat(10)}` }),
      options,
    )
    const stream = await ws.recvStream()
    for (let received = 0; received < small; received += 1) await ws.recv()
    const chunks = Buffer.concat((await collect(stream)) as Buffer[])
    expect(chunks.equals(Buffer.alloc(150_000, 'a'))).toBe(true)
    ws.terminate()
  })

  test('a chunk counts as a message for idleTimeout', async () => {
    const parts = Array.from({ length: 8 }, () => [{ sleep: 60 }, more('x')]).flat()
    const ws = await connect(script(first('a'), ...parts, last('z')), { idleTimeout: 300 })
    expect((await collect(await ws.recvStream())).join('')).toBe('axxxxxxxxz')
    ws.terminate()
  })

  test('a call for a chunk waits for receiveTimeout if that is given, and the stream can be read on', async () => {
    const ws = await connect(script(first('a'), gate, last('b')), { receiveTimeout: 30 })
    const chunks = iterator(await ws.recvStream())
    await chunks.next()
    await expect(chunks.next()).rejects.toMatchObject({
      code: 'ERR_WS_RECEIVE_TIMEOUT',
      message: expect.stringContaining('30 ms (receiveTimeout)'),
    })
    await ws.send('more')
    expect(await chunks.next()).toEqual({ value: 'b', done: false })
    ws.terminate()
  })

  test.runIf(isBlocking)(
    'recv behind an unread stream that fills the queue fails, as it could never return',
    async () => {
      const ws = await connect(script(large(20_000_000), whole('next')), { receiveQueue: { bytes: 10_000 } })
      const stream = await ws.recvStream()
      const unread = { code: 'ERR_WS_UNREAD_STREAM' }
      await expect(call(() => ws.recv())).rejects.toMatchObject(unread)
      await expect(call(() => ws.recvStream())).rejects.toMatchObject(unread)
      expect(ws.tryRecv()).toBeUndefined()
      expect(await count(stream)).toBe(20_000_000)
      expect(await ws.recv()).toBe('next')
      ws.terminate()
    },
  )
})
