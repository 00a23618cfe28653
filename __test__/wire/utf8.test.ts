// Text cut at every place, by fragments and by TCP (RFC 6455 sections 5.6 and 8.1).

import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { closePayload, frame, hex, Opcode } from './bytes.js'

const { Close, Continuation, Text } = Opcode

/** One character of each length, and the edges of what UTF-8 allows. */
const VALID = 'aß\u0800€\ud7ff\ue000\ufffd😀\u{10ffff}'

/** What a text may not hold, between characters that it may. */
const INVALID: [name: string, hex: string][] = [
  ['a lone continuation', '80'],
  ['an overlong slash', 'c0af'],
  ['an overlong NUL of three bytes', 'e08080'],
  ['the first surrogate', 'eda080'],
  ['the last surrogate', 'edbfbf'],
  ['a character cut off', 'f09f98'],
  ['the first code point too high', 'f4908080'],
  ['a byte of five', 'f888808080'],
  ['FF', 'ff'],
]

/** All ways of sending bytes in two fragments, a ping between them. */
function* splits(text: string): Generator<string> {
  for (let at = 0; at <= text.length; at += 2)
    yield frame(Text, text.slice(0, at), false) + frame(Opcode.Ping, '') + frame(Continuation, text.slice(at))
}

describe.each(apis)('$name', ({ connect }) => {
  test('takes text that fragments cut at any byte', async () => {
    const all = [...splits(hex(VALID))]
    const script = peer.script([{ accept: true }, { hex: all.join('') }, { readToEnd: true }])
    const ws = await connect(script.url)
    for (const _ of all) expect(await ws.recv()).toBe(VALID)
    ws.terminate()
  })

  test('takes text that comes byte by byte, whole and in fragments', async () => {
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

  test.each(INVALID)('refuses %s wherever fragments cut it', async (_, bad) => {
    for (const sent of splits(`${hex('a€')}${bad}${hex('😀')}`)) {
      const script = peer.script([{ accept: true }, { hex: sent }, { readToEnd: true }])
      const ws = await connect(script.url)
      const expected = { code: 'ERR_WS_INVALID_UTF8', closeCode: 1007 }
      await expect(async () => ws.recv()).rejects.toMatchObject(expected)
      await script.transcript()
    }
  })

  test.each(INVALID)('refuses %s in one frame that comes byte by byte', async (_, bad) => {
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
