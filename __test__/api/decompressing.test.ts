// Large compressed messages in, and messages of which a part has been gathered when they are asked for as streams.

import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { constants, deflateRawSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Message } from 'websocket-rs'
import { connect as connectAsync } from 'websocket-rs'
import { apis, call } from '../support/apis.js'
import { peer } from '../support/peer.js'

const MIB = 1024 * 1024

/** Returns text that compresses to about half of its length. */
function letters(seed: number, length: number): string {
  let state = seed
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    bytes[at] = 97 + ((state >>> 16) % 16)
  }
  return bytes.toString('latin1')
}

/** Compresses a message as a server does. */
function deflate(message: string): Buffer {
  const payload = deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH })
  return payload.subarray(0, -4)
}

/** Returns a frame that is not masked. */
function frame(first: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(10)
  header[0] = first
  header[1] = 127
  header.writeBigUInt64BE(BigInt(payload.length), 2)
  return Buffer.concat([header, payload])
}

/** Starts a server in a thread of its own that compresses what it sends: the requested lengths. */
async function listen(): Promise<string> {
  const program = `
    const { parentPort } = require('node:worker_threads')
    const { WebSocketServer } = require('ws')
    const letters = ${letters}
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: { threshold: 0, zlibDeflateOptions: { level: 1 } } })
    server.on('listening', () => parentPort.postMessage(server.address().port))
    server.on('connection', (socket) => socket.on('message', (lengths) => {
      for (const [seed, length] of JSON.parse(lengths).entries()) socket.send(letters(seed, length))
    }))`
  const worker = new Worker(program, { eval: true })
  onTestFinished(() => void worker.terminate())
  const [port] = (await once(worker, 'message')) as [number]
  return `ws://127.0.0.1:${port}`
}

describe.each(apis)('$name', ({ connect }) => {
  test('compressed messages of all sizes arrive in order', async () => {
    const ws = await connect(await listen(), { compression: true })
    const lengths = [10, MIB, 0, 300_000, 2 * MIB, 70_000, 1]
    await ws.send(JSON.stringify(lengths))
    for (const [seed, length] of lengths.entries())
      expect((await ws.recv()) === letters(seed, length)).toBe(true)
    await ws.close()
    expect(ws.wasClean).toBe(true)
  })

  const message = letters(1, 250_000)
  const accept = {
    accept: true,
    headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate; server_no_context_takeover' },
  }
  const halves = (bytes: Buffer) =>
    [bytes.subarray(0, bytes.length / 2), bytes.subarray(bytes.length / 2)] as [Buffer, Buffer]
  const fragments = (first: number, payload: Buffer) => {
    const [front, back] = halves(payload)
    return [frame(first, front), frame(0x80, back)] as [Buffer, Buffer]
  }

  test.each<[string, [Buffer, Buffer]]>([
    ['plain', halves(frame(0x81, Buffer.from(message)))],
    ['plain and fragmented', fragments(0x01, Buffer.from(message))],
    ['compressed', halves(frame(0xc1, deflate(message)))],
    ['compressed and fragmented', fragments(0x41, deflate(message))],
  ])('a %s message can be streamed when half of it is gathered', async (_name, [front, back]) => {
    const { url } = peer.script([
      accept,
      { hex: front.toString('hex') },
      { readFrame: true },
      { hex: back.toString('hex') },
      { frame: { opcode: 1, fin: true, text: 'after' } },
      { readToEnd: true },
    ])
    const ws = await connect(url, { compression: true })
    await expect(call(() => ws.recv({ timeout: 50 }))).rejects.toMatchObject({
      code: 'ERR_WS_RECEIVE_TIMEOUT',
    })
    const stream = await ws.recvStream()
    expect(stream.kind).toBe('text')
    await ws.send('more')
    const chunks: Message[] = []
    for await (const chunk of stream as AsyncIterable<Message>) chunks.push(chunk)
    expect(chunks.length).toBeGreaterThan(1)
    expect(chunks.join('') === message).toBe(true)
    expect(await ws.recv()).toBe('after')
    ws.terminate()
  })

  // All of it fits into the buffers of the kernel, so that the peer gets to its end.
  const small = letters(1, 90_000)

  test.each<[string, Buffer]>([
    ['plain', frame(0x81, Buffer.from(small))],
    ['compressed', frame(0xc1, deflate(small))],
  ])('a held %s message is refused when the peer hangs up', async (_name, bytes) => {
    const { url } = peer.script([
      accept,
      { hex: bytes.toString('hex') },
      { readFrame: true },
      { shutdown: true },
      { readToEnd: true },
    ])
    const ws = await connect(url, { compression: true, maxMessageSize: 50_000 })
    const ping = call(() => ws.ping(undefined, { timeout: 10_000 }))
    const tooBig = { code: 'ERR_WS_MESSAGE_TOO_BIG' }
    // That of the blocking API reports at once that the pong is behind the message.
    await expect(ping).rejects.toMatchObject({ code: expect.stringMatching(/TOO_BIG|PING_TIMEOUT/) })
    // Its sends read the socket now and then.
    for (let tries = 0; tries < 500 && ws.readyState !== 3; tries += 1) {
      await call(() => ws.send('')).catch(() => {})
      await setTimeout(10)
    }
    expect((await ws.closed)?.error).toMatchObject(tooBig)
  })
})

describe('while another thread decompresses', () => {
  const lengths = JSON.stringify([MIB, MIB])

  test('a connection can be terminated or closed at any time', async () => {
    const url = await listen()
    for (let turns = 0; turns < 20; turns += 2) {
      const ws = await connectAsync(url, { compression: true })
      void ws.send(lengths)
      while (ws.stats().bytesReceived < 10_000) await new Promise(setImmediate)
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
      if (turns % 4 === 0) {
        await ws.close()
        expect(ws.wasClean).toBe(true)
      } else ws.terminate()
    }
  })

  test('reading can be paused and go on', async () => {
    const ws = await connectAsync(await listen(), { compression: true, receiveQueue: { bytes: 1 } })
    await ws.send(JSON.stringify(Array.from({ length: 6 }, () => MIB)))
    for (let seed = 0; seed < 6; seed += 1) {
      for (let turn = 0; turn < 50 * (seed % 3); turn += 1) await new Promise(setImmediate)
      expect((await ws.recv()) === letters(seed, MIB)).toBe(true)
    }
    ws.terminate()
  })

  test('a Worker can end', async () => {
    const url = await listen()
    for (let round = 0; round < 3; round += 1) {
      const program = `
        import('websocket-rs').then(async ({ connect }) => {
          const ws = await connect(${JSON.stringify(url)}, { compression: true })
          void ws.send(${JSON.stringify(lengths)})
          while (ws.stats().bytesReceived < 10_000) await new Promise(setImmediate)
          require('node:worker_threads').parentPort.postMessage('receiving')
          await ws.recv()
          await ws.recv()
        })`
      const worker = new Worker(program, { eval: true })
      await once(worker, 'message')
      for (let turn = 0; turn < 10 * round; turn += 1) await new Promise(setImmediate)
      await worker.terminate()
    }
  })
})
