// Connections that the peer ends: with a close frame, with FIN and no close frame, and with RST.

import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { closePayload, frame, hex, Opcode } from './bytes.js'

const { Binary, Close, Continuation, Text } = Opcode

/** The payload of the peer's close frame, and the close code and reason that the connection reports. */
type PeerClose = [name: string, payload: string, closeCode: number, closeReason: string]

const CLOSES: PeerClose[] = [
  ['1000', closePayload(1000), 1000, ''],
  ['1001 and a reason', closePayload(1001, 'restart'), 1001, 'restart'],
  ['1011 and a reason beyond ASCII', closePayload(1011, 'ä€😀'), 1011, 'ä€😀'],
  ...[1002, 1003, 1007, 1008, 1009, 1010, 1012, 1013, 1014].map(
    (code): PeerClose => [`${code}`, closePayload(code), code, ''],
  ),
  ['3000', closePayload(3000), 3000, ''],
  ['4999 and the longest reason', closePayload(4999, 'r'.repeat(123)), 4999, 'r'.repeat(123)],
]

describe.each(apis)('$name', ({ connect }) => {
  test.each(CLOSES)(
    'answers close code %s once, with the same code',
    async (_, payload, closeCode, closeReason) => {
      const script = peer.script([
        { accept: true },
        { hex: frame(Close, payload) },
        { readFrame: true },
        { shutdown: true },
        { readToEnd: true },
      ])
      const ws = await connect(script.url)
      await expect(async () => ws.recv()).rejects.toMatchObject({
        name: 'ConnectionClosedError',
        code: 'ERR_WS_CLOSED',
        closeCode,
        closeReason,
        wasClean: true,
      })
      await ws.close(4000, 'too late')
      expect(ws).toMatchObject({ readyState: 3, closeCode, closeReason, wasClean: true })
      const { frames, bytes, ended } = await script.transcript()
      expect(frames.map((sent) => [sent.opcode, sent.hex])).toEqual([[Close, payload]])
      expect({ bytes, ended }).toEqual({ bytes: undefined, ended: 'eof' })
    },
  )

  test('answers an empty close frame with an empty one and reports 1005', async () => {
    const script = peer.script([
      { accept: true },
      { hex: frame(Close, '') },
      { readFrame: true },
      { shutdown: true },
      { readToEnd: true },
    ])
    const ws = await connect(script.url)
    await expect(async () => ws.recv()).rejects.toMatchObject({
      name: 'ConnectionClosedError',
      closeCode: 1005,
      closeReason: '',
      wasClean: true,
    })
    await ws.close()
    const { frames, bytes } = await script.transcript()
    expect(frames.map(({ opcode, hex }) => [opcode, hex])).toEqual([[Close, '']])
    expect(bytes).toBeUndefined()
  })

  test.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535])(
    'rejects close code %i, which must not be sent, with 1002',
    async (code) => {
      const script = peer.script([
        { accept: true },
        { hex: frame(Close, closePayload(code)) },
        { readFrame: true },
        { shutdown: true },
        { readToEnd: true },
      ])
      const ws = await connect(script.url)
      await expect(async () => ws.recv()).rejects.toMatchObject({ closeCode: 1002 })
      await ws.close()
      const { frames } = await script.transcript()
      expect(frames.map((sent) => [sent.opcode, sent.hex.slice(0, 4)])).toEqual([[Close, closePayload(1002)]])
    },
  )

  test('ignores data after the close frame', async () => {
    const script = peer.script([
      { accept: true },
      { hex: frame(Text, hex('before')) + frame(Close, closePayload(1000)) + frame(Text, hex('behind')) },
      { readFrame: true },
      { close: true },
    ])
    const ws = await connect(script.url)
    expect(await ws.recv()).toBe('before')
    await expect(async () => ws.recv()).rejects.toMatchObject({ closeCode: 1000 })
    await ws.close()
    expect(ws).toMatchObject({ closeCode: 1000, wasClean: true })
  })

  test('delivers all messages sent before a FIN without a close frame, then reports 1006', async () => {
    const script = peer.script([
      { accept: true },
      { repeat: 500, hex: frame(Binary, hex('data')) },
      { frame: { opcode: Text, fill: 300_000 } },
      { close: true },
    ])
    const ws = await connect(script.url)
    for (let count = 0; count < 500; count += 1) expect(await ws.recv()).toEqual(Buffer.from('data'))
    expect(await ws.recv()).toHaveLength(300_000)
    await expect(async () => ws.recv()).rejects.toMatchObject({
      name: 'ConnectionClosedError',
      code: 'ERR_WS_CLOSED',
      closeCode: 1006,
      wasClean: false,
    })
    expect(ws).toMatchObject({ readyState: 3, closeCode: 1006, wasClean: false })
  })

  test('iteration throws after the last message if a FIN arrives without a close frame', async () => {
    const script = peer.script([{ accept: true }, { hex: frame(Text, hex('last')) }, { close: true }])
    const ws = await connect(script.url)
    const received: unknown[] = []
    const iterate = async () => {
      for await (const message of ws) received.push(message)
    }
    await expect(iterate()).rejects.toMatchObject({ name: 'ConnectionClosedError', closeCode: 1006 })
    expect(received).toEqual(['last'])
  })

  test.each([
    ['in the middle of a frame', '820a6162'],
    ['in the middle of a header', '82'],
    ['between fragments', frame(Text, hex('a'), false) + frame(Continuation, hex('b'), false)],
  ])('reports 1006 and delivers no partial message on a FIN %s', async (_, part) => {
    const script = peer.script([{ accept: true }, { hex: part }, { close: true }])
    const ws = await connect(script.url)
    await expect(async () => ws.recv()).rejects.toMatchObject({
      name: 'ConnectionClosedError',
      closeCode: 1006,
    })
  })

  test('reports an RST as 1006 with the cause ECONNRESET', async () => {
    const script = peer.script([{ accept: true }, { readFrame: true }, { reset: true }])
    const ws = await connect(script.url)
    await ws.send('go')
    await expect(async () => ws.recv()).rejects.toMatchObject({
      name: 'ConnectionClosedError',
      code: 'ERR_WS_CLOSED',
      closeCode: 1006,
      wasClean: false,
      cause: { code: 'ECONNRESET' },
    })
    await expect(async () => ws.send('x')).rejects.toMatchObject({ closeCode: 1006 })
    expect(ws.readyState).toBe(3)
  })
})
