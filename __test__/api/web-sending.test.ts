// The web API: what send() accepts, its order, and bufferedAmount.

import { once } from 'node:events'
import { expect, test } from 'vitest'
import { ping, WebSocket } from 'websocket-rs/web'
import { peer } from '../support/peer.js'

async function open(url = `${peer.ws}/echo`): Promise<WebSocket> {
  const ws = new WebSocket(url)
  ws.binaryType = 'arraybuffer'
  await once(ws, 'open')
  return ws
}

/** Returns the next messages: texts, and bytes as arrays. */
async function take(ws: WebSocket, count: number): Promise<unknown[]> {
  const messages: unknown[] = []
  await new Promise<void>((resolve) => {
    ws.onmessage = ({ data }) => {
      messages.push(typeof data === 'string' ? data : [...new Uint8Array(data)])
      if (messages.length === count) resolve()
    }
  })
  return messages
}

test('sends strings as text, bytes and Blobs as binary, and all else as its string', async () => {
  const ws = await open()
  const bytes = new Uint8Array([0, 1, 2, 3])
  const sent = [
    'text',
    '',
    bytes.subarray(1, 3),
    new DataView(bytes.buffer, 2),
    bytes.buffer,
    new Blob([bytes]),
    new SharedArrayBuffer(1),
    12,
    null,
    undefined,
    { toString: () => 'object' },
    'lone \ud800',
  ]
  for (const data of sent) ws.send(data as never)
  expect(await take(ws, sent.length)).toEqual([
    'text',
    '',
    [1, 2],
    [2, 3],
    [0, 1, 2, 3],
    [0, 1, 2, 3],
    [0],
    '12',
    'null',
    'undefined',
    'object',
    'lone \ufffd',
  ])
  ws.close()
})

test('sends what follows a Blob after it, as it was when send() was called', async () => {
  const ws = await open()
  const bytes = new Uint8Array([1])
  ws.send(new Blob(['first']))
  ws.send(bytes)
  ws.send(new Blob(['third']))
  ws.send('fourth')
  bytes[0] = 2
  expect(ws.bufferedAmount).toBe(5 + 1 + 5 + 6)
  expect(await take(ws, 4)).toEqual([[...Buffer.from('first')], [1], [...Buffer.from('third')], 'fourth'])
  expect(ws.bufferedAmount).toBe(0)
  ws.close()
})

test('closes after what is behind a Blob has been sent', async () => {
  const script = peer.script([
    { accept: true },
    { readUntilClose: true },
    { hex: '8800' },
    { readToEnd: true },
  ])
  const ws = new WebSocket(script.url)
  await once(ws, 'open')
  ws.send(new Blob(['a']))
  ws.send('b')
  ws.close(3000)
  expect(ws.readyState).toBe(WebSocket.CLOSING)
  const { frames } = await script.transcript()
  expect(frames.map(({ opcode, hex }) => [opcode, hex])).toEqual([
    [2, '61'],
    [1, '62'],
    [8, '0bb8'],
  ])
})

test('counts what was sent in the same turn in bufferedAmount, in bytes of UTF-8', async () => {
  const ws = await open()
  ws.send('\u00e4')
  ws.send(new Uint8Array(10))
  expect(ws.bufferedAmount).toBe(12)
  await take(ws, 2)
  expect(ws.bufferedAmount).toBe(0)
  const large = 'x'.repeat(1_500_000)
  ws.send(large)
  ws.send('y')
  expect(ws.bufferedAmount).toBeGreaterThanOrEqual(1_500_001)
  ws.close()
})

test('counts what is sent after close() and never sends it', async () => {
  const ws = await open()
  ws.close()
  ws.send('abc')
  ws.send(new Blob(['de']))
  expect(ws.bufferedAmount).toBe(5)
  await once(ws, 'close')
  ws.send(new ArrayBuffer(2))
  expect(ws.bufferedAmount).toBe(7)
})

test('send() throws InvalidStateError while connecting, and TypeError without an argument', async () => {
  const ws = new WebSocket(`${peer.ws}/echo`)
  expect(() => ws.send('x')).toThrow(expect.objectContaining({ name: 'InvalidStateError', code: 11 }))
  expect(() => (ws.send as () => void)()).toThrow(TypeError)
  await once(ws, 'open')
  ws.close()
})

test('ping() sends a ping while the connection is open, of at most 125 bytes', async () => {
  const script = peer.script([{ accept: true }, { readFrame: true }, { hex: '8800' }, { readToEnd: true }])
  const ws = new WebSocket(script.url)
  ping(ws, Buffer.from('early'))
  await once(ws, 'open')
  expect(() => ping(ws, Buffer.alloc(126))).toThrow(expect.objectContaining({ code: 'ERR_WS_INVALID_DATA' }))
  ping(ws, Buffer.from('p'))
  await once(ws, 'close')
  ping(ws)
  const { frames } = await script.transcript()
  expect(frames[0]).toMatchObject({ opcode: 9, hex: '70' })
})
