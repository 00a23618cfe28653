// send of Blobs, async iterables and streams: their chunks are fragments of one message, sent as they come.

import { createContext, runInContext } from 'node:vm'
import { expect, test } from 'vitest'
import { type Connection, connect } from 'websocket-rs'
import { peer } from '../support/peer.js'
import { INCOMPLETE, recorder } from '../support/recorder.js'
import { hex, Opcode } from '../wire/bytes.js'

const { Binary, Close, Continuation, Ping, Text } = Opcode

/** A source whose chunks the test gives, one by one. */
class Source implements AsyncIterableIterator<string> {
  isLeft = false
  asked = 0
  #give: (result: IteratorResult<string>) => void = () => {}
  #onAsked: () => void = () => {}

  next(): Promise<IteratorResult<string>> {
    this.asked += 1
    this.#onAsked()
    return new Promise((resolve) => {
      this.#give = resolve
    })
  }

  give(value: string): void {
    this.#give({ value, done: false })
  }

  end(): void {
    this.#give({ value: undefined, done: true })
  }

  /** Waits until the chunk of this number is asked for. */
  async untilAsked(count: number): Promise<void> {
    while (this.asked < count)
      await new Promise<void>((resolve) => {
        this.#onAsked = resolve
      })
  }

  async return(): Promise<IteratorResult<string>> {
    this.isLeft = true
    return { value: undefined, done: true }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

/** A stream that gives one chunk, and the reason for which it is cancelled. */
function silentStream() {
  let stream: ReadableStream<string> | undefined
  const cancelled = new Promise((cancel) => {
    stream = new ReadableStream({ start: (controller) => controller.enqueue('a'), cancel })
  })
  return { stream: stream as ReadableStream<string>, cancelled }
}

/** Starts a message of which one chunk has been sent and the next one does not come. */
async function begin(ws: Connection, options?: Parameters<Connection['send']>[1]) {
  const source = new Source()
  const sent = ws.send(source, options)
  await source.untilAsked(1)
  source.give('begun')
  await source.untilAsked(2)
  return { source, sent }
}

test('sends each chunk when it comes, other messages after the last one, and pings in between', async () => {
  const { url, recorded } = recorder(7)
  const ws = await connect(url, { pingInterval: 0, pingTimeout: 50 })
  const { source, sent } = await begin(ws)
  await ws.flush({ timeout: 1 }).catch(() => {})
  const rest = [sent, ws.send('second'), ws.send(['third'])]
  expect(ws.trySend('no')).toBe(false)
  await ws.ping('p').catch(() => {})
  source.give('!')
  await source.untilAsked(3)
  source.end()
  await Promise.all(rest)
  await ws.flush()
  ws.terminate()
  expect(await recorded()).toEqual([
    [false, Text, hex('begun')],
    [true, Ping, hex('p')],
    [false, Continuation, hex('!')],
    [true, Continuation, ''],
    [true, Text, hex('second')],
    [false, Text, hex('third')],
    [true, Continuation, ''],
  ])
})

test('the error of a send that waits for the end of the message says so', async () => {
  const ws = await connect(recorder(2).url)
  const { source, sent } = await begin(ws)
  await expect(ws.send('second', { timeout: 1 })).rejects.toMatchObject({
    code: 'ERR_WS_SEND_TIMEOUT',
    message: expect.stringContaining(
      'the one before it, whose chunks are sent as they come, is not complete',
    ),
  })
  source.end()
  await sent
  ws.terminate()
})

test('close waits until the message is complete', async () => {
  const { url, recorded } = recorder(3)
  const ws = await connect(url)
  const { source, sent } = await begin(ws)
  const closed = ws.close().catch(() => {})
  await expect(ws.send('late')).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
  source.end()
  await sent
  ws.terminate()
  await closed
  expect((await recorded()).map(([fin, opcode]) => [fin, opcode])).toEqual([
    [false, Text],
    [true, Continuation],
    [true, Close],
  ])
})

test('close says after closeTimeout that the message is not complete', async () => {
  const ws = await connect(peer.ws, { closeTimeout: 20 })
  const { source, sent } = await begin(ws)
  await expect(ws.close()).rejects.toMatchObject({
    code: 'ERR_WS_CLOSE_TIMEOUT',
    message: expect.stringContaining('the rest of a message'),
  })
  await expect(sent).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
  expect(source.isLeft).toBe(true)
})

test('flush waits for the end of the message, without keeping the loop busy', async () => {
  const ws = await connect(peer.ws)
  const { source } = await begin(ws)
  let isFlushed = false
  const flushed = ws.flush().then(() => {
    isFlushed = true
  })
  const { batches } = ws.stats()
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate)
  expect(isFlushed).toBe(false)
  expect(ws.stats().batches - batches).toBeLessThan(5)
  source.end()
  await flushed
  ws.terminate()
})

test('an abort before the first chunk sends nothing, and the connection stays open', async () => {
  const ws = await connect(peer.ws)
  const source = new Source()
  const controller = new AbortController()
  const sent = ws.send(source, { signal: controller.signal })
  const next = ws.send('next')
  controller.abort(new Error('why'))
  await expect(sent).rejects.toMatchObject({ name: 'AbortError', cause: new Error('why') })
  expect(source.isLeft).toBe(true)
  await next
  expect(await ws.recv()).toBe('next')
  ws.terminate()
})

test('a send that is aborted while it waits for another one takes no chunk', async () => {
  const ws = await connect(peer.ws)
  const { source, sent } = await begin(ws)
  const waiting = new Source()
  const controller = new AbortController()
  const aborted = ws.send(waiting, { signal: controller.signal })
  controller.abort()
  await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
  expect(waiting.asked).toBe(0)
  source.end()
  await sent
  expect(await ws.recv()).toBe('begun')
  ws.terminate()
})

test('an abort after the first chunk fails the connection', async () => {
  const { url, recorded } = recorder(2)
  const ws = await connect(url)
  const controller = new AbortController()
  const { source, sent } = await begin(ws, { signal: controller.signal })
  const behind = ws.send('behind')
  controller.abort()
  await expect(sent).rejects.toMatchObject({ name: 'AbortError' })
  await expect(behind).rejects.toMatchObject({
    code: 'ERR_WS_CLOSED',
    message: expect.stringContaining('not sent'),
  })
  expect(source.isLeft).toBe(true)
  expect((await recorded()).at(-1)).toEqual(INCOMPLETE)
})

test.each<[string, (ws: Connection) => void]>([
  ['this side', (ws) => ws.terminate()],
  ['the peer', (ws) => void ws.ping().catch(() => {})],
])('rejects at once if the connection is ended by %s while the source is silent', async (_name, end) => {
  const script = peer.script([
    { accept: true },
    { readFrame: true },
    { readFrame: true },
    { hex: '8802 03e8' },
    { readToEnd: true },
  ])
  const ws = await connect(script.url)
  const { source, sent } = await begin(ws)
  end(ws)
  await expect(sent).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
  expect(source.isLeft).toBe(true)
  ws.terminate()
})

test('asks for the next chunk only when there is room, and sendTimeout limits that wait', async () => {
  const ws = await connect(`${peer.ws}/deaf`, {
    highWaterMark: 65536,
    sendTimeout: 100,
    pingInterval: 0,
  })
  let taken = 0
  function* endless() {
    for (;;) {
      taken += 1
      yield Buffer.alloc(65536)
    }
  }
  await expect(ws.send(endless())).rejects.toMatchObject({ code: 'ERR_WS_SEND_TIMEOUT' })
  // What the kernel took has left, and one chunk is unsent.
  expect(taken * 65536 - ws.stats().bytesSent).toBeLessThan(2 * 65536)
  expect(ws.readyState).toBe(3)
})

test('a slow source is not limited by sendTimeout', async () => {
  const ws = await connect(peer.ws, { sendTimeout: 10 })
  const { source, sent } = await begin(ws)
  await new Promise((resolve) => setTimeout(resolve, 50))
  source.end()
  await sent
  expect(await ws.recv()).toBe('begun')
  ws.terminate()
})

test('sends Blobs, small ones in one frame', async () => {
  const { url, recorded } = recorder(1)
  const recording = await connect(url)
  await recording.send(new Blob(['sm', 'all']))
  await recording.flush()
  recording.terminate()
  expect(await recorded()).toEqual([[true, Binary, hex('small')]])
  const ws = await connect(peer.ws)
  const large = Buffer.alloc(700_000, 'abc')
  await ws.send(new Blob([large]))
  await ws.send(new File([large], 'name'))
  await ws.send(new Blob([]))
  expect((await ws.recv()).length).toBe(700_000)
  expect(large.equals((await ws.recv()) as Buffer)).toBe(true)
  expect(await ws.recv()).toEqual(Buffer.alloc(0))
  ws.terminate()
})

test('takes what looks like a Blob, an array or a generator of another realm', async () => {
  const ws = await connect(peer.ws)
  const blob = {
    [Symbol.toStringTag]: 'Blob',
    size: 1,
    slice: () => blob,
    arrayBuffer: async () => Buffer.from('b').buffer.slice(0, 0),
  }
  await ws.send(blob)
  expect(await ws.recv()).toEqual(Buffer.alloc(0))
  const other = createContext()
  await ws.send(runInContext('["a", "b"]', other))
  expect(await ws.recv()).toBe('ab')
  await ws.send(
    runInContext('(function* () { yield new Uint8Array([1]); yield new ArrayBuffer(1) })()', other),
  )
  expect(await ws.recv()).toEqual(Buffer.from([1, 0]))
  ws.terminate()
})

test('sends a ReadableStream, and cancels it if it stops early, although it is silent', async () => {
  const ws = await connect(peer.ws)
  await ws.send(new Blob(['streamed']).stream())
  expect(String(await ws.recv())).toBe('streamed')
  const { stream, cancelled } = silentStream()
  const sent = ws.send(stream)
  ws.terminate()
  await expect(sent).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
  expect(await cancelled).toMatchObject({ code: 'ERR_WS_CLOSED' })
})

test('an end of the connection is no unhandled rejection', async () => {
  const ws = await connect(peer.ws)
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  void ws.send(new Source())
  ws.terminate()
  void ws.send(['a'])
  await new Promise((resolve) => setTimeout(resolve, 10))
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})
