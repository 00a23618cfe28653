// readable and writable: a connection as web streams.

import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { connect, type Message } from 'websocket-rs'
import { peer } from '../support/peer.js'

async function collect(stream: AsyncIterable<Message>): Promise<Message[]> {
  const messages: Message[] = []
  for await (const message of stream) messages.push(message)
  return messages
}

test('readable gives all messages and closes on 1000', async () => {
  const ws = await connect(`${peer.ws}/source?count=1000&size=1&kind=text`)
  expect(ws.readable).toBe(ws.readable)
  expect(await collect(ws.readable)).toEqual(Array.from({ length: 1000 }, (_, number) => `${number}`))
})

test('readable fails with the error of the connection', async () => {
  const ws = await connect(`${peer.ws}/close?code=1011`)
  await expect(collect(ws.readable)).rejects.toMatchObject({ code: 'ERR_WS_CLOSED', closeCode: 1011 })
})

test('readable takes nothing before it is pulled, and stops the peer', async () => {
  const ws = await connect(`${peer.ws}/source?count=100000&size=1000`, { receiveQueue: { bytes: 10_000 } })
  const reader = ws.readable.getReader()
  await reader.read()
  await sleep(100)
  const { messagesReceived, queuedMessages } = ws.stats()
  expect(messagesReceived).toBeLessThan(20_000)
  expect(queuedMessages).toBeGreaterThan(0)
  await reader.cancel()
})

test('cancelling readable closes the connection', async () => {
  const ws = await connect(peer.ws)
  await ws.readable.cancel()
  expect(await ws.closed).toMatchObject({ code: 1000, wasClean: true })
})

test('Readable.fromWeb makes a Node stream of readable', async () => {
  const ws = await connect(`${peer.ws}/source?count=10&size=4`)
  const messages = await collect(Readable.fromWeb(ws.readable, { objectMode: true }))
  expect(messages).toHaveLength(10)
  expect(messages.every(Buffer.isBuffer)).toBe(true)
})

test('pipeTo sends every chunk, waits for back-pressure, and closes the connection', async () => {
  const ws = await connect(`${peer.ws}/sink`, { highWaterMark: 64 * 1024 })
  let most = 0
  let count = 0
  const source = new ReadableStream<Buffer>(
    {
      pull(controller) {
        most = Math.max(most, ws.bufferedAmount)
        if (count === 200) controller.close()
        else controller.enqueue(Buffer.alloc(100_000))
        count += 1
      },
    },
    { highWaterMark: 0 },
  )
  await source.pipeTo(ws.writable, { preventClose: true })
  await ws.send('report')
  expect(String(await ws.recv())).toContain('200')
  expect(most).toBeLessThan(64 * 1024 + 3 * 100_000)
  await ws.writable.close()
  expect(await ws.closed).toMatchObject({ code: 1000, wasClean: true })
})

test('writable fails with ERR_WS_INVALID_DATA and with the end of the connection', async () => {
  const ws = await connect(peer.ws)
  await expect(ws.writable.getWriter().write(5 as never)).rejects.toMatchObject({
    code: 'ERR_WS_INVALID_DATA',
  })
  const other = await connect(peer.ws)
  other.terminate()
  await expect(other.writable.getWriter().write('x')).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
})

test('aborting writable ends the connection without a close frame', async () => {
  const ws = await connect(peer.ws)
  await ws.writable.abort(new Error('no more'))
  expect(await ws.closed).toMatchObject({ code: 1006 })
})

test('aborting writable does not wait for a write that the peer does not read', async () => {
  const ws = await connect(`${peer.ws}/deaf`, { highWaterMark: 1000 })
  const writer = ws.writable.getWriter()
  const writes = Array.from({ length: 200 }, () => writer.write(Buffer.alloc(100_000)))
  const settled = Promise.allSettled(writes)
  await sleep(50)
  expect(ws.bufferedAmount).toBeGreaterThan(0)
  await writer.abort(new Error('no more'))
  expect(await ws.closed).toMatchObject({ code: 1006 })
  expect((await settled).at(-1)).toMatchObject({ status: 'rejected' })
})

test.each([1000, 1011])(
  'writable fails when the peer closes with %i, also if nothing is written',
  async (code) => {
    const ws = await connect(`${peer.ws}/close?code=${code}`)
    const cancelled: unknown[] = []
    const source = new ReadableStream<string>({ cancel: (reason) => void cancelled.push(reason) })
    const end = { code: 'ERR_WS_CLOSED', closeCode: code }
    await expect(source.pipeTo(ws.writable)).rejects.toMatchObject(end)
    expect(cancelled).toMatchObject([end])
  },
)

test('writable fails if it is first used after the end', async () => {
  const ws = await connect(peer.ws)
  await ws.close()
  await expect(ws.writable.getWriter().closed).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
})

test('closing writable ends it without an error', async () => {
  const ws = await connect(peer.ws)
  const writer = ws.writable.getWriter()
  await writer.close()
  await expect(writer.closed).resolves.toBeUndefined()
})

test('echoes through both', async () => {
  const ws = await connect(peer.ws)
  const writer = ws.writable.getWriter()
  const reader = ws.readable.getReader()
  await writer.write('a')
  await writer.write(new Uint8Array([1]))
  expect((await reader.read()).value).toBe('a')
  expect((await reader.read()).value).toEqual(Buffer.from([1]))
  await writer.close()
  expect((await reader.read()).done).toBe(true)
})
