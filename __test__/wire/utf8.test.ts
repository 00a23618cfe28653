// UTF-8 in text messages that fragments or TCP split at every byte (RFC 6455 sections 5.6 and 8.1).

import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { closePayload, frame, hex, Opcode } from './bytes.js'

const { Close, Continuation, Text } = Opcode

/** A character of each length, and the limits of what UTF-8 allows. */
const VALID = 'aß\u0800€\ud7ff\ue000\ufffd😀\u{10ffff}'

/** Invalid UTF-8 sequences. */
const INVALID: [name: string, hex: string][] = [
  ['a lone continuation byte', '80'],
  ['an overlong slash', 'c0af'],
  ['an overlong NUL of three bytes', 'e08080'],
  ['the first surrogate', 'eda080'],
  ['the last surrogate', 'edbfbf'],
  ['a truncated character', 'f09f98'],
  ['the first code point above U+10FFFF', 'f4908080'],
  ['a sequence of five bytes', 'f888808080'],
  ['the byte FF', 'ff'],
]

/** Yields each way to send bytes in two fragments with a ping in between. */
function* splits(text: string): Generator<string> {
  for (let at = 0; at <= text.length; at += 2)
    yield frame(Text, text.slice(0, at), false) + frame(Opcode.Ping, '') + frame(Continuation, text.slice(at))
}

describe.each(apis)('$name', ({ connect }) => {
  test('accepts text that fragments split at any byte', async () => {
    const all = [...splits(hex(VALID))]
    const script = peer.script([{ accept: true }, { hex: all.join('') }, { readToEnd: true }])
    const ws = await connect(script.url)
    for (const _ of all) expect(await ws.recv()).toBe(VALID)
    ws.terminate()
  })

  test('accepts text that arrives byte by byte, in one frame and in fragments', async () => {
    const cut = frame(Text, 'f09f', false) + frame(Continuation, '9880')
    const script = peer.script([
      { accept: true },
      { drip: frame(Text, hex(VALID)) + cut + frame(Close, closePayload(1000)) },
      { readUntilClose: true },
    ])
    const ws = await connect(script.url)
    expect(await ws.recv()).toBe(VALID)
    expect(await ws.recv()).toBe('😀')
    await expect(async () => ws.recv()).rejects.toMatchObject({ closeCode: 1000 })
  })

  test.each(INVALID)('rejects %s with 1007, wherever fragments split it', async (_, bad) => {
    for (const sent of splits(`${hex('a€')}${bad}${hex('😀')}`)) {
      const script = peer.script([{ accept: true }, { hex: sent }, { readToEnd: true }])
      const ws = await connect(script.url)
      const expected = { code: 'ERR_WS_INVALID_UTF8', closeCode: 1007 }
      await expect(async () => ws.recv()).rejects.toMatchObject(expected)
      await script.transcript()
    }
  })

  test.each(INVALID)('rejects %s in one frame that arrives byte by byte', async (_, bad) => {
    const script = peer.script([
      { accept: true },
      { drip: frame(Text, hex('a€') + bad) },
      { readToEnd: true },
    ])
    const ws = await connect(script.url)
    await expect(async () => ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_INVALID_UTF8' })
    expect((await script.transcript()).ended).toMatch(/eof|reset/)
  })
})
