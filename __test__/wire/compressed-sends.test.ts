// Messages that are sent compressed (RFC 7692 section 7.2.1), decompressed by Node's zlib as a server would.

import { constants, inflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { CompressionOptions } from 'websocket-rs'
import { type AnyConnection, apis } from '../support/apis.js'
import { FRAME_COMPRESS, FRAME_CONTINUATION, FRAME_MORE, FRAME_PLAIN, native } from '../support/internals.js'
import { peer, type Transcript } from '../support/peer.js'
import { closePayload, hex, Opcode } from './bytes.js'

const { Binary, Continuation, Ping, Text } = Opcode
/** RSV1, as transcripts have it. */
const COMPRESSED = 4
const TAIL = Buffer.of(0, 0, 0xff, 0xff)
const KIB = 1024

/** Returns text of orders, in which words repeat and numbers do not. */
function orders(seed: number, length: number): string {
  let state = seed
  let text = ''
  while (text.length < length) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    text += `{"id":${state},"side":"${state & 0x10000 ? 'buy' : 'sell'}","price":${(state >>> 16) % 1000}},`
  }
  return text.slice(0, length)
}

/** The least size of the pieces that zlib writes: what is before them is in the window only. */
const chunkSize = 64

/** Decompresses messages that may refer to each other, and joins them. */
function inflate(payloads: readonly string[], windowBits = 15): string {
  const stream = payloads.flatMap((payload) => [Buffer.from(payload, 'hex'), TAIL])
  return inflateRawSync(Buffer.concat(stream), {
    windowBits,
    chunkSize,
    finishFlush: constants.Z_SYNC_FLUSH,
  }).toString()
}

const describeFrame = ({ fin, rsv, opcode }: Transcript['frames'][number]) => [fin, rsv, opcode]
const idOf = (ws: AnyConnection) => (ws as unknown as { id: number }).id

/** Calls a native function that sends. The blocking API has to read the socket before it, from time to time. */
async function transmit(ws: AnyConnection, send: (id: number) => number): Promise<void> {
  if (send(idOf(ws)) >= 0) return
  await ws.tryRecv()
  expect(send(idOf(ws))).toBeGreaterThanOrEqual(0)
}

const sendFrame = (ws: AnyConnection, data: string, flags: number) =>
  transmit(ws, (id) => native.sendFrame(id, data, flags))

describe.each(apis)('$name', ({ connect }) => {
  /** Opens a connection to a script that agrees to `parameters`, reads to the close frame and replies to it. */
  async function open(parameters: string[] = [], compression: boolean | CompressionOptions = true) {
    const headers = { 'Sec-WebSocket-Extensions': ['permessage-deflate', ...parameters].join('; ') }
    const reply = { frame: { opcode: 8, hex: closePayload(1000) } }
    const script = peer.script([{ accept: true, headers }, { readUntilClose: true }, reply, { close: true }])
    const ws = await connect(script.url, { compression })
    const finish = async () => {
      await ws.close()
      const { frames } = await script.transcript()
      return frames.slice(0, -1)
    }
    return { ws, finish }
  }

  test('compresses text and binary messages from the threshold on', async () => {
    const { ws, finish } = await open([], { threshold: 100 })
    await ws.send('x'.repeat(99))
    await ws.send('x'.repeat(100))
    await ws.send(Buffer.alloc(100, 'y'))
    const frames = await finish()
    expect(frames.map(describeFrame)).toEqual([
      [true, 0, Text],
      [true, COMPRESSED, Text],
      [true, COMPRESSED, Binary],
    ])
    expect(frames[0]?.hex).toBe(hex('x'.repeat(99)))
    expect(inflate(frames.slice(1).map((frame) => frame.hex))).toBe('x'.repeat(100) + 'y'.repeat(100))
  })

  test.each([8, 9, 10, 12, 15])('keeps to a window of %i bits', async (bits) => {
    const { ws, finish } = await open([`client_max_window_bits=${bits}`], { threshold: 0, level: 9 })
    const messages = [3, 300, 70 * KIB, 0, 5 * KIB, 40 * KIB].map((length, at) => orders(at % 2, length))
    for (const message of messages) await ws.send(message)
    const payloads = (await finish()).map((frame) => frame.hex)
    expect(payloads).toHaveLength(messages.length)
    expect(inflate(payloads, bits) === messages.join('')).toBe(true)
  })

  test('refers back to the message before it', async () => {
    const { ws, finish } = await open()
    await ws.send(orders(1, 2 * KIB))
    await ws.send(orders(1, 2 * KIB))
    const [first, second] = (await finish()).map((frame) => frame.hex)
    expect(second?.length).toBeLessThan((first?.length as number) / 10)
    expect(inflate([first as string, second as string])).toBe(orders(1, 2 * KIB).repeat(2))
  })

  test('compresses each message by itself after client_no_context_takeover', async () => {
    const { ws, finish } = await open(['client_no_context_takeover'])
    const messages = [orders(1, 2 * KIB), orders(2, 300 * KIB), orders(1, 2 * KIB)]
    for (const message of messages) await ws.send(message)
    const payloads = (await finish()).map((frame) => frame.hex)
    expect(payloads.map((payload) => inflate([payload])).join('') === messages.join('')).toBe(true)
    expect(payloads[2]).toBe(payloads[0])
  })

  test('sends messages of all sizes in order, and the close frame last', async () => {
    const { ws, finish } = await open([], { threshold: 200 })
    const lengths = [10, 300 * KIB, 20, 500, 800 * KIB, 40 * KIB, 40 * KIB, 10, 1100 * KIB, 30]
    const messages = lengths.map((length, at) => orders(at, length))
    await ws.sendMany(messages)
    const frames = await finish()
    expect(frames.map(describeFrame)).toEqual(
      lengths.map((length) => [true, length < 200 ? 0 : COMPRESSED, Text]),
    )
    const text = (frame: Transcript['frames'][number]) => Buffer.from(frame.hex, 'hex').toString()
    expect(frames.filter(({ rsv }) => rsv === 0).map(text)).toEqual(
      messages.filter(({ length }) => length < 200),
    )
    const large = messages.filter(({ length }) => length >= 200).join('')
    expect(inflate(frames.filter(({ rsv }) => rsv > 0).map((frame) => frame.hex)) === large).toBe(true)
  })

  test('compresses or not as the flags of sendFrame say', async () => {
    const { ws, finish } = await open()
    await sendFrame(ws, 'small', FRAME_COMPRESS)
    await sendFrame(ws, orders(1, 2 * KIB), FRAME_PLAIN)
    await sendFrame(ws, orders(1, 2 * KIB), 0)
    await ws.flush()
    const frames = await finish()
    expect(frames.map(({ rsv }) => rsv)).toEqual([COMPRESSED, 0, COMPRESSED])
    expect(inflate([frames[0]?.hex as string, frames[2]?.hex as string])).toBe(`small${orders(1, 2 * KIB)}`)
  })

  test('sends the fragments of a compressed message as one stream, with RSV1 in the first only', async () => {
    const { ws, finish } = await open(['client_no_context_takeover'])
    const parts = [orders(1, 1000), '', orders(2, 200 * KIB), orders(1, 1000), '']
    for (const [at, part] of parts.entries()) {
      const more = at < parts.length - 1 ? FRAME_MORE : 0
      await sendFrame(ws, part, more | (at > 0 ? FRAME_CONTINUATION : 0))
      if (at === 0) await transmit(ws, (id) => native.ping(id, Buffer.from('p')))
    }
    await ws.flush()
    const frames = await finish()
    expect(frames.map(describeFrame)).toEqual([
      [false, COMPRESSED, Text],
      [true, 0, Ping],
      [false, 0, Continuation],
      [false, 0, Continuation],
      [false, 0, Continuation],
      [true, 0, Continuation],
    ])
    const stream = frames.filter(({ opcode }) => opcode !== Ping).map((frame) => frame.hex)
    expect(inflate([stream.join('')]) === parts.join('')).toBe(true)
  })

  test('compresses nothing that the server has not agreed to', async () => {
    const script = peer.script([{ accept: true }, { readFrame: true }, { readToEnd: true }])
    const ws = await connect(script.url, { compression: { threshold: 0 } })
    await sendFrame(ws, 'x'.repeat(2 * KIB), FRAME_COMPRESS)
    await ws.flush()
    ws.terminate()
    const { frames } = await script.transcript()
    expect(frames.map(describeFrame)).toEqual([[true, 0, Text]])
  })

  test('two hundred connections take turns with the compressors of the thread', async () => {
    const rounds = [0, 1, 2]
    const opened = await Promise.all(Array.from({ length: 200 }, () => open([], { threshold: 0 })))
    for (const round of rounds) {
      for (const [at, { ws }] of opened.entries()) await ws.send(orders(at + round, 1500))
    }
    for (const [at, { finish }] of opened.entries()) {
      const payloads = (await finish()).map((frame) => frame.hex)
      expect(inflate(payloads) === rounds.map((round) => orders(at + round, 1500)).join('')).toBe(true)
    }
  })
})
