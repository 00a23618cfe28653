// The bytes of the frames that the client sends (RFC 6455 section 5.2).

import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { expectRandom } from '../support/random.js'
import { closePayload, hex, Opcode, parseFrame } from './bytes.js'

const HEADER_AND_MASK = 6
const READ_FRAMES = [{ accept: true }, { readUntilClose: true }]

/** The smallest and largest payload of each length encoding. */
const LENGTHS: [size: number, encoded: number[]][] = [
  [0, [0]],
  [1, [1]],
  [125, [125]],
  [126, [126, 0, 126]],
  [65_535, [126, 255, 255]],
  [65_536, [127, 0, 0, 0, 0, 0, 1, 0, 0]],
]

describe.each(apis)('$name', ({ connect }) => {
  test.each(LENGTHS)(
    'masks a message of %i bytes and encodes its length in the shortest form',
    async (size, encoded) => {
      const payload = Buffer.alloc(size, 'abc')
      const total = size + HEADER_AND_MASK + encoded.length - 1
      const script = peer.script([{ accept: true }, { read: 2 * total }, { readUntilClose: true }])
      const ws = await connect(script.url)
      await ws.send(payload)
      await ws.send(payload.toString())
      await ws.close()
      const bytes = Buffer.from((await script.transcript()).bytes ?? '', 'hex')
      const binary = parseFrame(bytes)
      const text = parseFrame(bytes, total)
      expect(binary).toMatchObject({ first: 0x82, length: encoded, masked: true, bytes: total })
      expect(text).toMatchObject({ first: 0x81, length: encoded, masked: true, bytes: total })
      expect(binary.payload.equals(payload)).toBe(true)
      expect(text.payload.equals(payload)).toBe(true)
    },
  )

  test('masks each message with a random key', async () => {
    const COUNT = 500
    const script = peer.script([
      { accept: true },
      { read: COUNT * (HEADER_AND_MASK + 4) },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    for (let count = 0; count < COUNT; count += 1) await ws.send('same')
    await ws.close()
    const bytes = Buffer.from((await script.transcript()).bytes ?? '', 'hex')
    const frames = Array.from({ length: COUNT }, (_, at) => parseFrame(bytes, at * (HEADER_AND_MASK + 4)))
    expect(frames.every(({ payload }) => payload.equals(Buffer.from('same')))).toBe(true)
    expectRandom(frames.map(({ mask }) => mask))
  })

  test('sends each message in order, in one frame, without reserved bits', async () => {
    const script = peer.script(READ_FRAMES)
    const ws = await connect(script.url)
    await ws.send('text: ä€😀')
    await ws.send(Buffer.from([0, 255, 128]))
    await ws.send('')
    await ws.close(4001, 'enough')
    const plain = { fin: true, rsv: 0, masked: true }
    expect((await script.transcript()).frames).toEqual([
      { ...plain, opcode: Opcode.Text, hex: hex('text: ä€😀') },
      { ...plain, opcode: Opcode.Binary, hex: '00ff80' },
      { ...plain, opcode: Opcode.Text, hex: '' },
      { ...plain, opcode: Opcode.Close, hex: closePayload(4001, 'enough') },
    ])
  })

  test('sends a ping masked and with its payload', async () => {
    const script = peer.script([
      { accept: true },
      { readFrame: true },
      { frame: { opcode: Opcode.Pong, text: 'payload' } },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    expect(await ws.ping('payload')).toBeGreaterThan(0)
    await ws.close()
    expect((await script.transcript()).frames[0]).toEqual({
      fin: true,
      rsv: 0,
      masked: true,
      opcode: Opcode.Ping,
      hex: hex('payload'),
    })
  })

  test('close() without arguments sends 1000 and waits for the close frame of the peer', async () => {
    const script = peer.script([
      { accept: true },
      { readFrame: true },
      { frame: { opcode: Opcode.Text, text: 'still here' } },
      { frame: { opcode: Opcode.Close, hex: closePayload(1000) } },
      { shutdown: true },
      { readToEnd: true },
    ])
    const ws = await connect(script.url)
    await ws.close()
    expect(ws).toMatchObject({ closeCode: 1000, closeReason: '', wasClean: true, readyState: 3 })
    expect(await ws.recv()).toBe('still here')
    const { frames, bytes, ended } = await script.transcript()
    expect(frames.map(({ hex }) => hex)).toEqual([closePayload(1000)])
    expect({ bytes, ended }).toEqual({ bytes: undefined, ended: 'eof' })
  })
})
