// `sendFrame`: the native function that sends messages frame by frame, under both APIs.

import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { FRAME_CONTINUATION as CONTINUATION, FRAME_MORE as MORE, native } from '../support/internals.js'
import { peer } from '../support/peer.js'
import { hex, Opcode } from './bytes.js'

const { Binary, Continuation, Ping, Text } = Opcode

describe.each(apis)('$name', ({ connect }) => {
  async function open(frames: number) {
    const reads = Array.from({ length: frames }, () => ({ readFrame: true }))
    const script = peer.script([{ accept: true }, ...reads, { readToEnd: true }])
    const ws = await connect(script.url)
    const { id } = ws as unknown as { id: number }
    const transmit = (data: string | Buffer, flags: number) => native.sendFrame(id, data, flags)
    const send = (data: string | Buffer, flags: number) => {
      const unsent = transmit(data, flags)
      if (unsent >= 0) return unsent
      // The blocking API has to read the socket before it, from time to time.
      ws.tryRecv()
      return transmit(data, flags)
    }
    return { ws, id, script, send }
  }

  test('sends a message in fragments, text and binary, with control frames in between', async () => {
    const { ws, id, script, send } = await open(7)
    send('grüße ', MORE)
    send('', MORE | CONTINUATION)
    native.ping(id, Buffer.from('p'))
    send('\u{1f600}', CONTINUATION)
    send(Buffer.of(1), MORE)
    send(Buffer.of(2), CONTINUATION)
    await ws.send('after')
    await ws.flush()
    ws.terminate()
    const { frames } = await script.transcript()
    expect(frames.map(({ fin, rsv, opcode, hex }) => [fin, rsv, opcode, hex])).toEqual([
      [false, 0, Text, hex('grüße ')],
      [false, 0, Continuation, ''],
      [true, 0, Ping, hex('p')],
      [true, 0, Continuation, hex('\u{1f600}')],
      [false, 0, Binary, '01'],
      [true, 0, Continuation, '02'],
      [true, 0, Text, hex('after')],
    ])
  })

  test('throws for a frame that is not the next one of a message, and sends nothing', async () => {
    const { ws, id, script, send } = await open(2)
    const wrong = /not the next one of a message/
    expect(() => send('x', CONTINUATION)).toThrow(wrong)
    send('begun', MORE)
    expect(() => send('x', 0)).toThrow(wrong)
    expect(() => send('x', MORE)).toThrow(wrong)
    expect(() => native.sendText(id, 'x', 1)).toThrow(wrong)
    send('!', CONTINUATION)
    await ws.flush()
    expect(ws.stats().messagesSent).toBe(1)
    ws.terminate()
    const { frames } = await script.transcript()
    expect(frames.map(({ opcode }) => opcode)).toEqual([Text, Continuation])
  })

  test('returns -1 once the connection is closing', async () => {
    const { ws, send } = await open(1)
    send('begun', MORE)
    ws.terminate()
    expect(send('x', CONTINUATION)).toBe(-1)
  })
})
