// Violations of the protocol by the peer: the error of the caller and the close code that the peer receives.

import { describe, expect, test } from 'vitest'
import { connect } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { native } from '../support/internals.js'
import { peer } from '../support/peer.js'
import { closePayload, frame, hex, Opcode, parseFrame } from './bytes.js'

const { Binary, Close, Continuation, Ping, Pong, Text } = Opcode

const raw = (opcode: number, more: object) => ({ frame: { opcode, ...more } })
const bytes = (data: string) => ({ hex: data })

/** Violations of the framing (1002). */
const FRAMING: [name: string, steps: object[]][] = [
  ['a masked text frame', [raw(Text, { masked: true, text: 'x' })]],
  ['a masked ping', [raw(Ping, { masked: true })]],
  ['RSV1 without an extension', [raw(Text, { rsv: 4, text: 'x' })]],
  ['RSV2', [raw(Binary, { rsv: 2, text: 'x' })]],
  ['RSV3 on a ping', [raw(Ping, { rsv: 1 })]],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, object[]] => [
    `the reserved opcode ${opcode}`,
    [raw(opcode, { text: 'x' })],
  ]),
  ['a fragmented ping', [raw(Ping, { fin: false })]],
  ['a fragmented pong', [raw(Pong, { fin: false })]],
  ['a fragmented close', [raw(Close, { fin: false, hex: closePayload(1000) })]],
  ['a ping of 126 bytes', [raw(Ping, { fill: 126 })]],
  ['a close frame of 126 bytes', [raw(Close, { fill: 126 })]],
  ['a ping whose header declares a huge length', [bytes('897f7fffffffffffffff')]],
  ['a close frame whose header declares more than 125 bytes', [bytes('887e0400')]],
  ['a continuation frame without a message', [raw(Continuation, { text: 'x' })]],
  ['a text frame between fragments', [bytes(frame(Text, hex('a'), false)), raw(Text, { text: 'x' })]],
  ['a binary frame between fragments', [bytes(frame(Text, hex('a'), false)), raw(Binary, { fin: false })]],
  ['a close frame with one byte of a code', [raw(Close, { hex: '03' })]],
]

/** Headers that are a violation by themselves; no payload follows (1002). */
const HEADERS: [name: string, steps: object[]][] = [
  ['a masked frame', [bytes('82fe03e812345678')]],
  ['a frame with RSV1', [bytes('c27e03e8')]],
  ['a text frame with RSV3', [bytes('917e03e8')]],
  ['a masked ping', [bytes('898512345678')]],
  ['a fragmented ping', [bytes('0905')]],
  ['a reserved opcode', [bytes('837e03e8')]],
  ['a final continuation frame without a message', [bytes('807e03e8')]],
  ['a continuation frame without a message', [bytes('007e03e8')]],
  ['a new message between fragments', [bytes(`${frame(Text, hex('a'), false)}827e03e8`)]],
  ['a masked fragment', [bytes(`${frame(Text, hex('a'), false)}808512345678`)]],
]

/** Text that is not UTF-8 (1007). */
const ENCODING: [name: string, steps: object[]][] = [
  ['a byte that UTF-8 never contains', [bytes(frame(Text, 'ff'))]],
  ['an overlong character', [bytes(frame(Text, 'c080'))]],
  ['a surrogate', [bytes(frame(Text, 'eda080'))]],
  ['a character beyond U+10FFFF', [bytes(frame(Text, 'f4908080'))]],
  ['a truncated character', [bytes(frame(Text, `61${hex('€').slice(0, 4)}`))]],
  ['an invalid byte in a fragment', [bytes(frame(Text, '61', false)), bytes(frame(Continuation, 'ff'))]],
  ['a character that the last fragment truncates', [bytes(frame(Text, 'e282', false)), bytes('8000')]],
  ['a close reason that is not UTF-8', [bytes(frame(Close, '03e8ff'))]],
]

/** More than `maxMessageSize` (1009). */
const SIZE: [name: string, steps: object[]][] = [
  ['a frame with one byte too many', [raw(Binary, { fill: 1001 })]],
  ['a frame whose header declares a huge length', [bytes('827f0000400000000000')]],
  [
    'fragments that exceed the limit together',
    [raw(Text, { fin: false, fill: 600 }), raw(Continuation, { fill: 401 })],
  ],
  ['a fragment whose header exceeds the limit', [raw(Text, { fin: false, fill: 600 }), bytes('007e0191')]],
  ['endless fragments', [raw(Text, { fin: false }), { repeat: 5000, hex: '000161' }]],
]

/** Misuse that no other close code covers (1008). */
const POLICY: [name: string, steps: object[]][] = [
  ['endless empty fragments', [raw(Text, { fin: false }), { repeat: 128 * 1024, hex: '0000' }]],
]

const GROUPS = [
  { group: 'policy', cases: POLICY, name: 'ProtocolError', code: 'ERR_WS_PROTOCOL', closeCode: 1008 },
  { group: 'framing', cases: FRAMING, name: 'ProtocolError', code: 'ERR_WS_PROTOCOL', closeCode: 1002 },
  { group: 'headers', cases: HEADERS, name: 'ProtocolError', code: 'ERR_WS_PROTOCOL', closeCode: 1002 },
  { group: 'UTF-8', cases: ENCODING, name: 'ProtocolError', code: 'ERR_WS_INVALID_UTF8', closeCode: 1007 },
  {
    group: 'size',
    cases: SIZE,
    name: 'MessageTooBigError',
    code: 'ERR_WS_MESSAGE_TOO_BIG',
    closeCode: 1009,
  },
]

/** A violation in a short frame for each close code, followed by a ping that must stay unanswered. */
const SAME_PACKET: Record<number, string> = {
  1002: frame(3, '') + frame(Ping, ''),
  1007: frame(Text, 'ff') + frame(Ping, ''),
  1009: '827f0000400000000000',
}

for (const { name: api, connect } of apis) {
  describe.each(GROUPS)(
    `${api}, $group: fails the connection with $closeCode`,
    ({ cases, closeCode, ...error }) => {
      test.each(cases)('on %s', async (_, steps) => {
        const script = peer.script([
          { accept: true },
          { frame: { opcode: Text, text: 'before' } },
          ...steps,
          { readToEnd: true },
        ])
        const ws = await connect(script.url, { maxMessageSize: 1000 })
        const expected = { name: error.name, code: error.code, closeCode }
        expect(await ws.recv()).toBe('before')
        await expect(async () => ws.recv()).rejects.toMatchObject(expected)
        await expect(async () => ws.send('x')).rejects.toMatchObject(expected)
        expect(ws).toMatchObject({ readyState: 3, closeCode, wasClean: false })
        await ws.close()
        // The client sends one close frame with the code and nothing else.
        const transcript = await script.transcript()
        expect(unmask(transcript.bytes ?? '')).toBe(closePayload(closeCode))
        expect(['eof', 'reset']).toContain(transcript.ended)
      })
    },
  )
}

describe.each(apis)('$name', ({ connect }) => {
  test.each([
    ['a block of a reserved type', 'c101ff'],
    ['a distance beyond the history', 'c1020202'],
    ['a block that ends early', 'c101f2'],
    ['a binary message', 'c2020700'],
  ])('fails the connection with 1007 on compressed data with %s', async (_, hex) => {
    const headers = { 'Sec-WebSocket-Extensions': 'permessage-deflate' }
    const script = peer.script([{ accept: true, headers }, { hex }, { readToEnd: true }])
    const ws = await connect(script.url, { compression: true })
    await expect(async () => ws.recv()).rejects.toMatchObject({
      name: 'ProtocolError',
      code: 'ERR_WS_PROTOCOL',
      closeCode: 1007,
      message: 'message is not valid deflate data (RFC 7692 section 7.2.2)',
    })
    expect(unmask((await script.transcript()).bytes ?? '')).toBe(closePayload(1007))
  })

  const groups = GROUPS.filter(({ closeCode }) => closeCode in SAME_PACKET)
  test.each(groups)(
    'delivers a message and sends its reply before it fails on $group in the same packet',
    async (group) => {
      const { closeCode } = group
      const packet = frame(Text, hex('before')) + SAME_PACKET[closeCode]
      const script = peer.script([{ accept: true }, bytes(packet), { readToEnd: true }])
      const ws = await connect(script.url, { maxMessageSize: 1000 })
      await ws.send(await ws.recv())
      await expect(async () => ws.recv()).rejects.toMatchObject({ code: group.code, closeCode })
      await expect(async () => ws.send('x')).rejects.toMatchObject({ code: group.code })
      const sent = Buffer.from((await script.transcript()).bytes ?? '', 'hex')
      const reply = parseFrame(sent)
      expect(reply).toMatchObject({ first: 0x80 | Text, payload: Buffer.from('before') })
      expect(unmask(hex(sent.subarray(reply.bytes)))).toBe(closePayload(closeCode))
    },
  )
})

test.each(apis)('$name: names the violated rule in the error message', async ({ connect }) => {
  for (const [packet, message] of [
    ['c27e03e8', /reserved bits/],
    ['82fe03e812345678', /masked/],
    ['807e03e8', /continue/],
    [`${frame(Text, hex('a'), false)}817e03e8`, /last fragment/],
    ['0900', /fragmented control/],
    ['8b00', /reserved opcode/],
  ] as const) {
    const script = peer.script([{ accept: true }, bytes(packet), { readToEnd: true }])
    const ws = await connect(script.url)
    await expect(async () => ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_PROTOCOL', message })
  }
})

test('reports a violation behind a full receive queue once the queue has been read', async () => {
  const packet = frame(Text, hex('one')) + frame(Text, hex('two')) + SAME_PACKET[1002]
  const script = peer.script([{ accept: true }, bytes(packet), { readToEnd: true }])
  const ws = await connect(script.url, { receiveQueue: { bytes: 1 } })
  // Long enough for a failure that does not wait for the queue.
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(ws).toMatchObject({ readyState: 1 })
  expect(await ws.recv()).toBe('one')
  expect(await ws.recv()).toBe('two')
  await ws.send('both')
  await expect(ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_PROTOCOL', closeCode: 1002 })
  const sent = Buffer.from((await script.transcript()).bytes ?? '', 'hex')
  const reply = parseFrame(sent)
  expect(reply.payload.toString()).toBe('both')
  expect(unmask(hex(sent.subarray(reply.bytes)))).toBe(closePayload(1002))
})

/** Returns the payload of a single short close frame, or a description if `sent` is anything else. */
function unmask(sent: string): string {
  const [first, length, ...rest] = Buffer.from(sent, 'hex')
  if (first !== 0x88 || length !== 0x82 || rest.length !== 6) return `not a single close frame: ${sent}`
  const [a = 0, b = 0, , , code = 0, more = 0] = rest
  return hex(Uint8Array.of(code ^ a, more ^ b))
}

test('sends the reply to a message before it fails on a violation that a later turn reads', async () => {
  const script = peer.script([
    { accept: true },
    ...[{ sleep: 50 }, bytes(frame(Text, hex('before')))],
    ...[{ sleep: 100 }, bytes(SAME_PACKET[1002] as string), { readToEnd: true }],
  ])
  const ws = await connect(script.url)
  const { id } = ws as unknown as { id: number }
  // The keepalive's timer of a busy program: it may run two turns before any other code runs.
  for (let turn = 0; turn < 2; turn += 1) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    native.runKeepalive(id)
  }
  await ws.send(await ws.recv())
  await expect(ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_PROTOCOL', closeCode: 1002 })
  const sent = Buffer.from((await script.transcript()).bytes ?? '', 'hex')
  const reply = parseFrame(sent)
  expect(reply.payload.toString()).toBe('before')
  expect(unmask(hex(sent.subarray(reply.bytes)))).toBe(closePayload(1002))
})

test('sends the replies to all messages before a violation, however long the program works on each', async () => {
  const count = 50
  const packet = frame(Text, hex('x')).repeat(count) + SAME_PACKET[1002]
  const script = peer.script([{ accept: true }, bytes(packet), { readToEnd: true }])
  const ws = await connect(script.url)
  // Receiving lets the loop turn several times meanwhile.
  for (let received = 0; received < count; received += 1) {
    const message = await ws.recv()
    const end = performance.now() + 1
    while (performance.now() < end);
    await ws.send(message)
  }
  await expect(ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_PROTOCOL', closeCode: 1002 })
  let sent = Buffer.from((await script.transcript()).bytes ?? '', 'hex')
  for (let replies = 0; replies < count; replies += 1) {
    const reply = parseFrame(sent)
    expect(reply.payload.toString()).toBe('x')
    sent = sent.subarray(reply.bytes)
  }
  expect(unmask(hex(sent))).toBe(closePayload(1002))
})
