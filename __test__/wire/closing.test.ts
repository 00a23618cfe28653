// The closing handshake where both sides act at once, or one does not do its part (RFC 6455 section 7).

import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { closePayload, frame, hex, Opcode } from './bytes.js'

const { Binary, Close, Continuation, Ping, Pong, Text } = Opcode

/** Waits for our close frame before it answers: the one order in which both frames cross. */
const CROSSED = [{ accept: true }, { readFrame: true }, { hex: frame(Close, closePayload(4001, 'mine')) }]

describe.each(apis)('$name', ({ connect }) => {
  test('close frames that cross end the connection cleanly, and each side sent one', async () => {
    const script = peer.script([...CROSSED, { close: true }])
    const ws = await connect(script.url)
    await ws.close(4000, 'ours')
    expect(ws).toMatchObject({ readyState: 3, wasClean: true, closeCode: 4001, closeReason: 'mine' })
    const { frames } = await script.transcript()
    expect(frames.map(({ opcode, hex }) => [opcode, hex])).toEqual([[Close, closePayload(4000, 'ours')]])
  })

  // Codes of IANA's registry; 1014 is none the peer's echo knows.
  test.each([1003, 1007, 1012, 1013, 1014])(
    'close(%i) is sent as it is, and its echo taken',
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

  test('messages and pings that come before the peer answers are still taken', async () => {
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

  test('a ping in one packet with the close frame is answered before it', async () => {
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

  test('a reset after both close frames is no failure', async () => {
    const script = peer.script([...CROSSED, { sleep: 50 }, { reset: true }])
    const ws = await connect(script.url)
    await ws.close()
    expect(ws).toMatchObject({ readyState: 3, wasClean: true, closeCode: 4001 })
  })

  test('a peer that ends without answering leaves the close unclean', async () => {
    const script = peer.script([{ accept: true }, { readFrame: true }, { close: true }])
    const ws = await connect(script.url)
    await ws.close()
    expect(ws).toMatchObject({ readyState: 3, wasClean: false, closeCode: 1006 })
  })

  test('a peer that shuts down only its sending side has its messages taken first', async () => {
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
    expect(frames.map(({ opcode, hex }) => [opcode, hex])).toEqual([[Close, closePayload(1001)]])
    expect(ended).toBe('eof')
  })

  test('a close frame that comes byte by byte, reason and all', async () => {
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

  test('a close frame between fragments ends the message with the connection', async () => {
    const script = peer.script([
      { accept: true },
      { hex: frame(Binary, '00', false) + frame(Close, closePayload(1001)) + frame(Continuation, '01') },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    await expect(async () => ws.recv()).rejects.toMatchObject({ closeCode: 1001 })
  })

  test('the peer that floods after its close frame is not listened to', async () => {
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
