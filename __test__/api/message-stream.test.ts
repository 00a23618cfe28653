// recvStream of the promise API: pending calls in order, aborts, web streams, and streams that are not read.

import { expect, test } from 'vitest'
import { connect, type Message, type MessageStream } from 'websocket-rs'
import { peer } from '../support/peer.js'
import { Opcode } from '../wire/bytes.js'

const first = (text: string) => ({ frame: { opcode: Opcode.Text, fin: false, text } })
const last = (text: string) => ({ frame: { opcode: Opcode.Continuation, fin: true, text } })
const whole = (text: string) => ({ frame: { opcode: Opcode.Text, fin: true, text } })
const large = (fill: number) => ({ frame: { opcode: Opcode.Binary, fin: true, fill } })
const gate = { readFrame: true }

const script = (...steps: object[]) => peer.script([{ accept: true }, ...steps, { readToEnd: true }]).url

async function collect(stream: MessageStream): Promise<Message[]> {
  const chunks: Message[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}

test('each message goes to one of the pending calls, in order', async () => {
  const ws = await connect(
    script(
      gate,
      whole('1'),
      first('2'),
      last('2'),
      first('3'),
      gate,
      last('3'),
      whole('4'),
      first('5'),
      last('5'),
    ),
  )
  const iterator = ws[Symbol.asyncIterator]()
  const calls = [ws.recv(), ws.recvStream(), ws.recvStream(), ws.recv(), iterator.next()] as const
  await ws.send('begin')
  expect(await calls[0]).toBe('1')
  expect((await collect(await calls[1])).join('')).toBe('22')
  const third = await calls[2]
  await ws.send('more')
  // The stream is not read yet.
  expect(await calls[3]).toBe('4')
  expect(await calls[4]).toEqual({ value: '55', done: false })
  expect((await collect(third)).join('')).toBe('33')
  ws.terminate()
})

test('a call for a stream gets the message in progress when the call before it leaves', async () => {
  const ws = await connect(script(first('a'), gate, gate, last('b')))
  const controller = new AbortController()
  const aborted = ws.recv({ signal: controller.signal })
  const late = ws.recv({ timeout: 1 })
  const pending = ws.recvStream()
  await expect(late).rejects.toMatchObject({ code: 'ERR_WS_RECEIVE_TIMEOUT' })
  controller.abort()
  await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
  const chunks = (await pending)[Symbol.asyncIterator]()
  expect(await chunks.next()).toEqual({ value: 'a', done: false })
  await ws.send('more')
  await ws.send('more')
  expect(await chunks.next()).toEqual({ value: 'b', done: false })
  ws.terminate()
})

test('a call that is aborted takes no message', async () => {
  const ws = await connect(script(gate, first('a'), last('b'), whole('c')))
  const controller = new AbortController()
  const aborted = ws.recvStream({ signal: controller.signal })
  controller.abort(new Error('why'))
  await expect(aborted).rejects.toMatchObject({ name: 'AbortError', cause: new Error('why') })
  await ws.send('begin')
  expect((await collect(await ws.recvStream())).join('')).toBe('ab')
  expect(await ws.recv()).toBe('c')
  ws.terminate()
})

test.each([
  ['in progress', [first('a'), gate, gate, last('b'), whole('c')], 'ab'],
  ['held', [large(5000), gate, gate, whole('c')], 'a'.repeat(5000)],
])('a call that is aborted at once loses nothing of a message that is %s', async (_name, steps, text) => {
  const ws = await connect(script(...steps), { maxMessageSize: 1000 })
  await expect(ws.ping(undefined, { timeout: 20 })).rejects.toMatchObject({ code: 'ERR_WS_PING_TIMEOUT' })
  const controller = new AbortController()
  const aborted = ws.recvStream({ signal: controller.signal })
  controller.abort()
  await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
  const stream = ws.recvStream()
  await ws.send('more')
  await ws.send('more')
  expect((await collect(await stream)).join('')).toBe(text)
  expect(await ws.recv()).toBe('c')
  ws.terminate()
})

test('a message that is held goes to a call for a stream, also behind calls that left', async () => {
  const ws = await connect(script(gate, large(5000), whole('after')), { maxMessageSize: 1000 })
  const left = ws.recvStream({ timeout: 1 })
  await expect(left).rejects.toMatchObject({ code: 'ERR_WS_RECEIVE_TIMEOUT' })
  await ws.send('begin')
  const streams = [ws.recvStream(), ws.recvStream()] as const
  expect(Buffer.concat((await collect(await streams[0])) as Buffer[]).length).toBe(5000)
  expect(await collect(await streams[1])).toEqual(['after'])
  ws.terminate()
})

test('a call for a message that waits when one larger than maxMessageSize comes is rejected at once', async () => {
  const ws = await connect(script(gate, large(5000)), { maxMessageSize: 1000 })
  const pending = ws.recv()
  await ws.send('begin')
  await expect(pending).rejects.toMatchObject({ code: 'ERR_WS_MESSAGE_TOO_BIG' })
})

test('pending calls for chunks are served in order, and rejected when the connection ends', async () => {
  const ws = await connect(script(first('a'), gate, last('b')))
  const chunks = (await ws.recvStream())[Symbol.asyncIterator]()
  await chunks.next()
  const calls = [chunks.next(), chunks.next(), chunks.next()]
  await ws.send('more')
  expect(await Promise.all(calls)).toEqual([
    { value: 'b', done: false },
    { value: undefined, done: true },
    { value: undefined, done: true },
  ])
  ws.terminate()
  const other = await connect(script(first('a')))
  const rest = (await other.recvStream())[Symbol.asyncIterator]()
  await rest.next()
  const pending = rest.next()
  other.terminate()
  await expect(pending).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
})

test('cancel ends pending calls for chunks', async () => {
  const ws = await connect(script(first('a'), gate, last('b'), whole('c')))
  const stream = await ws.recvStream()
  const chunks = stream[Symbol.asyncIterator]()
  await chunks.next()
  const pending = chunks.next()
  stream.cancel()
  expect(await pending).toEqual({ value: undefined, done: true })
  await ws.send('more')
  expect(await ws.recv()).toBe('c')
  ws.terminate()
})

test('readable has the chunks, takes them when it is pulled, and skips the rest when it is cancelled', async () => {
  const ws = await connect(script(large(3_000_000), large(20_000_000), whole('after')), {
    receiveQueue: { bytes: 1000 },
  })
  const { readable } = await ws.recvStream()
  let bytes = 0
  for await (const chunk of readable) bytes += chunk.length
  expect(bytes).toBe(3_000_000)
  const stream = await ws.recvStream()
  expect(stream.readable).toBe(stream.readable)
  const reader = stream.readable.getReader()
  await reader.read()
  const { queuedBytes } = ws.stats()
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
  expect(ws.stats().queuedBytes).toBe(queuedBytes)
  await reader.cancel()
  expect(await ws.recv()).toBe('after')
  ws.terminate()
})

test('readable fails with the error of the connection', async () => {
  const ws = await connect(script(first('a'), gate, { hex: '8802 03e8' }))
  const reader = (await ws.recvStream()).readable.getReader()
  expect(await reader.read()).toEqual({ value: 'a', done: false })
  await ws.send('more')
  await expect(reader.read()).rejects.toMatchObject({ code: 'ERR_WS_CLOSED', closeCode: 1000 })
  ws.terminate()
})

test('a chunk is queued for a stream, and messages behind it are received first', async () => {
  const ws = await connect(script(first('a'), last('b'), whole('c')))
  const stream = await ws.recvStream()
  expect(await ws.recv()).toBe('c')
  expect((await collect(stream)).join('')).toBe('ab')
  ws.terminate()
})

test('a loop that takes queued chunks lets the event loop turn', async () => {
  const ws = await connect(script(large(6_000_000)), { receiveQueue: { bytes: 1e9 } })
  const stream = await ws.recvStream()
  while (ws.stats().queuedBytes < 6_000_000) await new Promise(setImmediate)
  let turns = 0
  const count = () => {
    turns += 1
    setImmediate(count).unref()
  }
  setImmediate(count).unref()
  const before = turns
  let chunks = 0
  for await (const chunk of stream) {
    chunks += chunk.length > 0 ? 1 : 0
    for (const end = performance.now() + 0.5; performance.now() < end; );
  }
  expect(chunks).toBeGreaterThan(50)
  expect(turns - before).toBeGreaterThan(4)
  ws.terminate()
})

test('idleTimeout does not count the time in which a message is held', async () => {
  const ws = await connect(script(large(5000), whole('after')), { maxMessageSize: 1000, idleTimeout: 50 })
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(ws.readyState).toBe(1)
  expect((await collect(await ws.recvStream())).length).toBeGreaterThan(0)
  expect(await ws.recv()).toBe('after')
  ws.terminate()
})
