// The web API: WebSocketStream.

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { WebSocketError, WebSocketStream, type WebSocketStreamOptions } from 'websocket-rs/web'
import { peer } from '../support/peer.js'

async function open(url = `${peer.ws}/echo`, options?: WebSocketStreamOptions) {
  const stream = new WebSocketStream(url, options)
  const { readable, writable } = await stream.opened
  return { stream, readable, reader: readable.getReader(), writer: writable.getWriter() }
}

test('echoes text and bytes, and closes cleanly', async () => {
  const { stream, reader, writer } = await open()
  expect(stream.url).toBe(`${peer.ws}/echo`)
  await writer.write('text')
  await writer.write(new Uint8Array([1, 2]))
  expect(await reader.read()).toEqual({ value: 'text', done: false })
  const { value } = await reader.read()
  expect(value).toEqual(new Uint8Array([1, 2]))
  expect(Buffer.isBuffer(value)).toBe(false)
  stream.close({ closeCode: 3001, reason: 'bye' })
  expect(await stream.closed).toEqual({ closeCode: 3001, reason: 'bye' })
  expect(await reader.read()).toEqual({ value: undefined, done: true })
  await expect(writer.write('x')).rejects.toMatchObject({ name: 'InvalidStateError' })
})

test('opened resolves with the subprotocol', async () => {
  const stream = new WebSocketStream(peer.ws, { protocols: ['mqtt', 'chat'] })
  expect(await stream.opened).toMatchObject({ protocol: 'chat', extensions: '' })
  stream.close()
})

test('opened and closed reject with a WebSocketError if no connection can be opened', async () => {
  const stream = new WebSocketStream('ws://127.0.0.1:1')
  const error = await stream.opened.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(WebSocketError)
  expect(error).toMatchObject({ name: 'WebSocketError', closeCode: 1006, cause: { code: 'ERR_WS_CONNECT' } })
  await expect(stream.closed).rejects.toBe(error)
})

test('opened and closed reject with the reason of the signal', async () => {
  const reason = new Error('mine')
  const aborted = new WebSocketStream(peer.ws, { signal: AbortSignal.abort(reason) })
  await expect(aborted.opened).rejects.toBe(reason)
  await expect(aborted.closed).rejects.toBe(reason)
  const controller = new AbortController()
  const stream = new WebSocketStream(`${peer.ws}/hang`, { signal: controller.signal })
  controller.abort(reason)
  await expect(stream.opened).rejects.toBe(reason)
})

test('close() before it is open rejects opened and closed', async () => {
  const stream = new WebSocketStream(`${peer.ws}/hang`)
  stream.close()
  await expect(stream.opened).rejects.toBeInstanceOf(WebSocketError)
  await expect(stream.closed).rejects.toBeInstanceOf(WebSocketError)
})

test('an unclean end fails both streams and closed with one error', async () => {
  const script = peer.script([{ accept: true }, { hex: '8300' }, { readToEnd: true }])
  const { stream, reader, writer } = await open(script.url)
  const error = await stream.closed.catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ closeCode: 1006, reason: '', cause: { code: 'ERR_WS_PROTOCOL' } })
  await expect(reader.read()).rejects.toBe(error)
  await expect(writer.write('x')).rejects.toBe(error)
})

test('stops reading while the messages are not taken', async () => {
  const { stream, reader } = await open(`${peer.ws}/source?count=0&size=10000`)
  const used = () => process.memoryUsage().arrayBuffers
  await reader.read()
  const before = used()
  await sleep(300)
  expect(used() - before).toBeLessThan(10_000_000)
  for (let count = 0; count < 1000; count += 1) expect((await reader.read()).done).toBe(false)
  stream.close()
  expect(await stream.closed).toMatchObject({ closeCode: 1005 })
})

test('a write waits while the peer does not read, and ends when the stream is aborted', async () => {
  const { stream, writer } = await open(`${peer.ws}/deaf`, { closeTimeout: 50 })
  let written = 0
  const writing = (async () => {
    for (;;) {
      await writer.write(new Uint8Array(1_000_000))
      written += 1
    }
  })()
  const failed = expect(writing).rejects.toThrow()
  let before = -1
  for (; before < written; await sleep(100)) before = written
  expect(written).toBeLessThan(50)
  writer.abort().catch(() => {})
  await failed
  await expect(stream.closed).rejects.toMatchObject({ closeCode: 1006 })
})

test.each(['cancel', 'abort', 'close'] as const)('%s of a stream closes the connection', async (how) => {
  const { stream, reader, writer } = await open()
  const reason = new WebSocketError('', { closeCode: 4000, reason: 'r' })
  if (how === 'cancel') await reader.cancel(reason)
  else if (how === 'abort') await writer.abort(reason)
  else await writer.close()
  const code = how === 'close' ? { closeCode: 1005, reason: '' } : { closeCode: 4000, reason: 'r' }
  expect(await stream.closed).toEqual(code)
})

test('WebSocketError is a DOMException whose close code is checked', () => {
  const error = new WebSocketError('text', { reason: 'r' })
  expect(error).toBeInstanceOf(DOMException)
  expect(error).toMatchObject({
    name: 'WebSocketError',
    message: 'text',
    closeCode: 1000,
    reason: 'r',
    code: 0,
  })
  expect(new WebSocketError()).toMatchObject({ message: '', closeCode: null, reason: '' })
  const access = expect.objectContaining({ name: 'InvalidAccessError' })
  expect(() => new WebSocketError('', { closeCode: 1001 })).toThrow(access)
  expect(() => new WebSocketError('', { closeCode: 70_000 })).toThrow(TypeError)
})
