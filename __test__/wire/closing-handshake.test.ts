// The closing handshake if both sides start it, or if one side does not complete it (RFC 6455 section 7).

import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { closePayload, frame, hex, Opcode } from './bytes.js'

const { Binary, Close, Continuation, Ping, Pong, Text } = Opcode

/** The peer reads the client's close frame, then sends one of its own: both sides started the handshake. */
const CROSSED = [{ accept: true }, { readFrame: true }, { hex: frame(Close, closePayload(4001, 'mine')) }]

describe.each(apis)('$name', ({ connect }) => {
  test('closes cleanly if both sides send a close frame, and sends exactly one', async () => {
    const script = peer.script([...CROSSED, { close: true }])
    const ws = await connect(script.url)
    await ws.close(4000, 'ours')
    expect(ws).toMatchObject({ readyState: 3, wasClean: true, closeCode: 4001, closeReason: 'mine' })
    const { frames } = await script.transcript()
    expect(frames.map(({ opcode, hex }) => [opcode, hex])).toEqual([[Close, closePayload(4000, 'ours')]])
  })

  // Codes of IANA's registry. The peer scripts the echo, because its codec does not know 1014.
  test.each([1003, 1007, 1012, 1013, 1014])(
    'sends close code %i unchanged and accepts its echo',
    async (code) => {
      const echo = { hex: frame(Close, closePayload(code)) }
      const script = peer.script([{ accept: true }, { readFrame: true }, echo, { close: true }])
      const ws = await connect(script.url)
      await ws.close(code)
      expect(ws).toMatchObject({ readyState: 3, wasClean: true, closeCode: code })
      const { frames } = await script.transcript()
      expect(frames.map(({ opcode, hex }) => [opcode, hex])).toEqual([[Close, closePayload(code)]])
    },
  )

  test('receives messages and pings that arrive before the close frame of the peer', async () => {
    const script = peer.script([
      { accept: true },
      { readFrame: true },
      { hex: frame(Text, hex('one')) + frame(Ping, '70') + frame(Text, hex('t'), false) },
      { hex: frame(Continuation, hex('wo')) + frame(Close, closePayload(1000)) },
      { close: true },
    ])
    const ws = await connect(script.url)
    await ws.close()
    expect(await ws.recv()).toBe('one')
    expect(await ws.recv()).toBe('two')
    await expect(async () => ws.recv()).rejects.toMatchObject({ closeCode: 1000, wasClean: true })
  })

  test('answers a ping in the same packet as a close frame before the close frame', async () => {
    const script = peer.script([
      { accept: true },
      { hex: frame(Ping, '70') + frame(Close, closePayload(1000)) },
      { readUntilClose: true },
      { close: true },
    ])
    const ws = await connect(script.url)
    await expect(async () => ws.recv()).rejects.toMatchObject({ closeCode: 1000, wasClean: true })
    const { frames } = await script.transcript()
    expect(frames.map(({ opcode, hex }) => [opcode, hex])).toEqual([
      [Pong, '70'],
      [Close, closePayload(1000)],
    ])
  })

  test('closes cleanly if the peer resets TCP after both close frames', async () => {
    const script = peer.script([...CROSSED, { sleep: 50 }, { reset: true }])
    const ws = await connect(script.url)
    await ws.close()
    expect(ws).toMatchObject({ readyState: 3, wasClean: true, closeCode: 4001 })
  })

  test('closes uncleanly with 1006 if the peer ends TCP without a close frame', async () => {
    const script = peer.script([{ accept: true }, { readFrame: true }, { close: true }])
    const ws = await connect(script.url)
    await ws.close()
    expect(ws).toMatchObject({ readyState: 3, wasClean: false, closeCode: 1006 })
  })

  test('receives all messages, then echoes the close, if the peer shuts down its sending side', async () => {
    const sent = frame(Text, hex('before')) + frame(Close, closePayload(1001, 'bye'))
    const script = peer.script([
      { accept: true },
      { hex: sent },
      { shutdown: true },
      { readUntilClose: true },
      { readToEnd: true },
    ])
    const ws = await connect(script.url)
    expect(await ws.recv()).toBe('before')
    await expect(async () => ws.recv()).rejects.toMatchObject({ closeCode: 1001, closeReason: 'bye' })
    await ws.close()
    const { frames, ended } = await script.transcript()
    expect(frames.map(({ opcode, hex }) => [opcode, hex])).toEqual([[Close, closePayload(1001, 'bye')]])
    expect(ended).toBe('eof')
  })

  test('parses a close frame with a reason that arrives byte by byte', async () => {
    const script = peer.script([
      { accept: true },
      { drip: frame(Close, closePayload(3999, 'in pieces €')) },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    await expect(async () => ws.recv()).rejects.toMatchObject({ closeCode: 3999, closeReason: 'in pieces €' })
    await ws.close()
    expect(ws).toMatchObject({ wasClean: true })
  })

  test('discards a fragmented message if a close frame arrives between its fragments', async () => {
    const script = peer.script([
      { accept: true },
      { hex: frame(Binary, '00', false) + frame(Close, closePayload(1001)) + frame(Continuation, '01') },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    await expect(async () => ws.recv()).rejects.toMatchObject({ closeCode: 1001 })
  })

  test('ignores messages after the close frame of the peer', async () => {
    const flood = { repeat: 20_000, hex: frame(Text, hex('x'.repeat(100))) }
    const script = peer.script([
      { accept: true },
      { hex: frame(Close, closePayload(1000)) },
      flood,
      { close: true },
    ])
    const ws = await connect(script.url)
    await expect(async () => ws.recv()).rejects.toMatchObject({ closeCode: 1000 })
    await ws.close()
    expect(ws.stats()).toMatchObject({ messagesReceived: 0, queuedMessages: 0 })
  })
})
