// Messages as they arrive: split or joined by TCP, fragmented, with control frames in between (RFC 6455 section 5).

import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { closePayload, frame, hex, Opcode } from './bytes.js'

const { Binary, Close, Continuation, Ping, Pong, Text } = Opcode

describe.each(apis)('$name', ({ connect }) => {
  test('assembles frames that arrive byte by byte', async () => {
    const script = peer.script([
      { accept: true },
      { drip: frame(Text, hex('ä€😀')) + frame(Binary, '00ff') + frame(Text, '') + frame(Close, '') },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    expect(await ws.recv()).toBe('ä€😀')
    expect(await ws.recv()).toEqual(Buffer.of(0, 255))
    expect(await ws.recv()).toBe('')
    await expect(async () => ws.recv()).rejects.toMatchObject({ closeCode: 1005 })
  })

  test('splits thousands of frames of different sizes that arrive at once', async () => {
    const texts = Array.from({ length: 5000 }, (_, number) => `${number}`.padEnd(number % 120, '.'))
    const script = peer.script([
      { accept: true },
      { hex: texts.map((text) => frame(Text, hex(text))).join('') },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    const received: unknown[] = []
    while (received.length < texts.length) received.push(...(await ws.recvMany()))
    expect(received).toEqual(texts)
    ws.terminate()
  })

  test.each([125, 126, 65_535, 65_536, 1_000_000])('receives a frame of %i bytes', async (fill) => {
    const script = peer.script([
      { accept: true },
      { frame: { opcode: Text, fill } },
      { frame: { opcode: Binary, fill } },
      { frame: { opcode: Text, text: 'after' } },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    expect((await ws.recv()) === 'a'.repeat(fill)).toBe(true)
    expect(Buffer.alloc(fill, 'a').equals((await ws.recv()) as Buffer)).toBe(true)
    expect(await ws.recv()).toBe('after')
    ws.terminate()
  })

  test('joins fragments that split a character, and answers pings between them', async () => {
    const euro = hex('€')
    const script = peer.script([
      { accept: true },
      { hex: frame(Text, hex('a') + euro.slice(0, 2), false) },
      { frame: { opcode: Ping, text: 'one' } },
      { hex: frame(Continuation, '', false) },
      { hex: frame(Continuation, euro.slice(2), false) },
      { frame: { opcode: Ping, text: 'two' } },
      { frame: { opcode: Pong, text: 'unasked' } },
      { hex: frame(Continuation, hex('z')) },
      { readFrame: true },
      { readFrame: true },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    expect(await ws.recv()).toBe('a€z')
    await ws.close()
    const { frames } = await script.transcript()
    expect(frames.map(({ opcode, hex }) => [opcode, hex])).toEqual([
      [Pong, hex('one')],
      [Pong, hex('two')],
      [Close, closePayload(1000)],
    ])
  })

  test.each([
    [
      'between its fragments',
      frame(Text, hex('a'), false) + frame(Ping, '01') + frame(Continuation, hex('b')),
    ],
    ['before it', frame(Ping, '01') + frame(Text, hex('ab'))],
  ])('the pong to a ping that comes with a message, %s, precedes the reply', async (_place, packet) => {
    const script = peer.script([
      { accept: true },
      { hex: packet },
      { readFrame: true },
      { readFrame: true },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    await ws.send(await ws.recv())
    await ws.close()
    const { frames } = await script.transcript()
    expect(frames.map(({ opcode, hex }) => [opcode, hex])).toEqual([
      [Pong, '01'],
      [Text, hex('ab')],
      [Close, closePayload(1000)],
    ])
  })

  test('answers each ping with a masked pong of the same payload, from empty to 125 bytes', async () => {
    const payloads = ['', '00', hex('ping'), 'ff'.repeat(125)]
    const script = peer.script([
      { accept: true },
      ...payloads.flatMap((payload) => [{ hex: frame(Ping, payload) }, { readFrame: true }]),
      { frame: { opcode: Text, text: 'done' } },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    expect(await ws.recv()).toBe('done')
    await ws.close()
    const { frames } = await script.transcript()
    expect(frames.slice(0, payloads.length)).toEqual(
      payloads.map((payload) => ({ fin: true, rsv: 0, masked: true, opcode: Pong, hex: payload })),
    )
  })

  test('ping() ignores pongs with another payload', async () => {
    const script = peer.script([
      { accept: true },
      { frame: { opcode: Pong, text: 'unasked' } },
      { readFrame: true },
      { frame: { opcode: Pong, text: 'other' } },
      { frame: { opcode: Text, text: 'message' } },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    const ping = (async () => ws.ping('mine', { timeout: 300 }))()
    await expect(ping).rejects.toMatchObject({ code: 'ERR_WS_PING_TIMEOUT' })
    expect(await ws.recv()).toBe('message')
    expect(ws.latency).toBeUndefined()
    ws.terminate()
  })

  test('receives a message of exactly maxMessageSize, in one frame and in fragments', async () => {
    const script = peer.script([
      { accept: true },
      { frame: { opcode: Binary, fill: 1000 } },
      { frame: { opcode: Binary, fin: false, fill: 999 } },
      { frame: { opcode: Continuation, fill: 1 } },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url, { maxMessageSize: 1000 })
    expect(await ws.recv()).toHaveLength(1000)
    expect(await ws.recv()).toHaveLength(1000)
    ws.terminate()
  })
})
