// Binary messages of the web API have memory of their own, so the memory that they are read into is filled again.

import { once } from 'node:events'
import { describe, expect, test, vi } from 'vitest'
import { connect, type Message } from 'websocket-rs/sync'
import { WebSocket } from 'websocket-rs/web'
import { native, ROW_HEADER, ROW_WORDS } from '../support/internals.js'
import { peer } from '../support/peer.js'

const SIZE = 1000

/** Opens a connection to a source and returns its messages when it has ended. */
function receiveAll(count: number, toBytes: (data: never) => ArrayBuffer | Promise<ArrayBuffer>) {
  const ws = new WebSocket(`${peer.ws}/source?count=${count}&size=${SIZE}&kind=binary`)
  ws.binaryType = toBytes === fromBlob ? 'blob' : 'arraybuffer'
  const messages: unknown[] = []
  ws.onmessage = ({ data }) => void messages.push(data)
  return new Promise<ArrayBuffer[]>((resolve) => {
    ws.onclose = () => resolve(Promise.all(messages.map((data) => toBytes(data as never))))
  })
}

const asIs = (data: ArrayBuffer) => data
const fromBlob = (data: Blob) => data.arrayBuffer()

/** The message of a number: that in eight bytes, and zeros. */
function expected(number: number): Buffer {
  const bytes = Buffer.alloc(SIZE)
  bytes.writeBigUInt64BE(BigInt(number))
  return bytes
}

describe.each([
  ['arraybuffer', asIs],
  ['blob', fromBlob],
] as const)('binaryType %s', (_type, toBytes) => {
  // Some of the messages come with the upgrade response and are held until the connection is open.
  test('messages stay as they were received', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => receiveAll(200, toBytes)))
    for (const messages of all) {
      expect(messages.length).toBe(200)
      messages.forEach((bytes, number) => {
        if (!expected(number).equals(Buffer.from(bytes))) throw new Error(`message ${number} has changed`)
      })
    }
  })
})

test('messages stay as they were received if a listener blocks on another connection', async () => {
  using blocking = connect(peer.ws)
  const echoes: [sent: Buffer, received: Message][] = []
  const ws = new WebSocket(`${peer.ws}/source?count=200&size=${SIZE}&kind=binary`)
  ws.binaryType = 'arraybuffer'
  const messages: Buffer[] = []
  ws.onmessage = ({ data }) => {
    messages.push(Buffer.from(data as ArrayBuffer))
    const sent = Buffer.alloc(10 * SIZE, messages.length)
    blocking.send(sent)
    echoes.push([sent, blocking.recv()])
  }
  await once(ws, 'close')
  expect(messages).toEqual(messages.map((_, number) => expected(number)))
  expect(messages.length).toBe(200)
  for (const [sent, received] of echoes) expect(sent.equals(received as Buffer)).toBe(true)
})

test('each of several messages is read into the same memory', async () => {
  const ws = new WebSocket(peer.ws)
  ws.binaryType = 'arraybuffer'
  await once(ws, 'open')
  const offsets = new Set<number | undefined>()
  for (let left = 100; left > 0; left -= 1) {
    ws.send(new Uint8Array(SIZE))
    await once(ws, 'message')
    // The first row of the batch names the connection.
    offsets.add(native.rows[ROW_HEADER + ROW_WORDS + 1])
  }
  ws.close()
  // One, unless a message comes in two parts.
  expect(offsets.size).toBeLessThan(10)
})

test('the memory that messages are read into is filled again', async () => {
  const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow')
  await receiveAll(20_000, asIs)
  const slabs = allocate.mock.calls.filter(([size]) => size >= 64 * 1024).length
  allocate.mockRestore()
  // 20 MB fill 305 of them once. A batch has at most 17, and as many are kept to be filled again.
  expect(slabs).toBeLessThan(60)
})
