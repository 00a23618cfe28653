// What the command line parses and prints, for any input.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  closeEvent,
  completeLine,
  controlEvent,
  eventLine,
  exitCodeOf,
  formatCount,
  formatJSON,
  formatSize,
  formatTime,
  fromPictures,
  hasColours,
  headerLine,
  hexDump,
  Keyboard,
  linesOf,
  messageEvent,
  messageOf,
  openEvent,
  parseEvent,
  parseHeader,
  parseHex,
  parseLine,
  printable,
  printableLines,
  toCount,
  toDuration,
  toPictures,
  toPositive,
  toSize,
  View,
} from './modules.js'

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
/** Any text, lone surrogates and control characters among it. */
const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
})
/** Text that UTF-8 has, with many control characters. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\n', '\r', '\t', '\0', '\u001b', '\u007f', '\u009b', '\u202e', '😀', '字'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  ),
})

const plain = (_role: string, shown: string) => shown

/** What no output to a terminal may have. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/

describe('hexadecimal digits', () => {
  test('are parsed to the bytes that they were made of, in any spelling', () => {
    const separator = fc.constantFrom('', ' ', ':', '\n')
    fc.assert(
      fc.property(bytes, separator, fc.boolean(), fc.boolean(), (data, between, isUpper, isPrefixed) => {
        const digits = [...data].map((byte) => byte.toString(16).padStart(2, '0')).join(between)
        const spelled = (isPrefixed ? '0x' : '') + (isUpper ? digits.toUpperCase() : digits)
        expect(parseHex(spelled)).toEqual(data)
      }),
    )
  })

  test.each(['0', 'abc', 'zz', '0 0', '00 1', '-', '００'])('%j is refused', (digits) => {
    expect(parseHex(digits)).toBeUndefined()
  })

  test('of a dump are the bytes, in lines of 16 or 8, and nothing but printable ASCII', () => {
    fc.assert(
      fc.property(bytes, fc.constantFrom(78, 60), (data, width) => {
        const dump = hexDump(data, width)
        expect(dump).toMatch(/^[ -~\n]*$/)
        const digits = dump.split('\n').map((line) => line.slice(10, width === 78 ? 58 : 33))
        expect(parseHex(digits.join(' '))).toEqual(data)
        expect(dump === '' ? 0 : dump.split('\n').length).toBe(
          Math.ceil(data.length / (width === 78 ? 16 : 8)),
        )
      }),
    )
  })
})

describe('recordings', () => {
  const time = fc.double({ min: 0, max: 1e9, noNaN: true })
  const direction = fc.constantFrom('sent' as const, 'received' as const)
  const event = fc.oneof(
    fc.tuple(time, direction, fc.oneof(text, bytes)).map((given) => messageEvent(...given)),
    fc
      .tuple(time, fc.constantFrom('ping' as const, 'pong' as const), bytes)
      .map((given) => controlEvent(...given)),
    fc.tuple(time, text, text).map((given) => openEvent(...given)),
    fc.tuple(time, fc.integer({ min: 1000, max: 4999 }), text).map((given) => closeEvent(...given)),
  )

  test('have a line for each event, which is parsed to the same event', () => {
    fc.assert(
      fc.property(event, (each) => {
        const line = eventLine(each)
        expect(line.slice(0, -1)).not.toContain('\n')
        expect(line.endsWith('\n')).toBe(true)
        expect(parseEvent(line)).toEqual(each)
      }),
    )
  })

  test('give back the messages', () => {
    fc.assert(
      fc.property(fc.oneof(text, bytes), (data) => {
        expect(messageOf(parseEvent(eventLine(messageEvent(1, 'sent', data))))).toEqual(data)
      }),
    )
  })

  test('have a header, which is parsed', () => {
    expect(parseHeader(headerLine('ws://localhost/'))).toEqual({
      version: 1,
      url: 'ws://localhost/',
      started: expect.any(String),
    })
  })

  test('are refused by an Error, whatever a line is', () => {
    const json = fc.record(
      {
        time: fc.jsonValue(),
        kind: fc.oneof(fc.constantFrom('text', 'binary', 'ping', 'open', 'close'), fc.jsonValue()),
        direction: fc.oneof(fc.constantFrom('sent', 'received'), fc.jsonValue()),
        data: fc.jsonValue(),
        code: fc.jsonValue(),
        reason: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    const line = fc.oneof(
      anyText,
      fc.jsonValue().map((value) => JSON.stringify(value)),
      json.map((value) => JSON.stringify(value)),
    )
    fc.assert(
      fc.property(line, (each) => {
        let parsed: unknown
        try {
          parsed = parseEvent(each)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
          return
        }
        expect(parseEvent(JSON.stringify(parsed))).toEqual(parsed)
      }),
    )
  })

  test.each(['AA=', 'A===', '=', 'AA==AA==', '!!!!', 'AAA'])('refuse %j as base64', (data) => {
    const line = JSON.stringify({ time: 1, direction: 'sent', kind: 'binary', data })
    expect(() => parseEvent(line)).toThrow('base64')
  })
})

describe('text of a peer', () => {
  test('has no control characters, nor marks that change the direction', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, text), (each) => {
        expect(printable(each)).not.toMatch(/[\n\t]/)
      }),
    )
    fc.assert(
      fc.property(fc.oneof(anyText, text), (each) => {
        expect(printableLines(each)).not.toMatch(UNSAFE)
      }),
    )
  })

  test('is as it was if there is nothing to escape', () => {
    for (const each of ['plain', 'ünï©ödé 漢字 👩‍👩‍👧', 'e\u0301', '한국어'])
      expect(printable(each)).toBe(each)
    expect(printable('\u001b]0;x\u0007\r\n\u009b\u202e\ud800\ufeff')).toBe(
      '\\x1b]0;x\\x07\\r\\n\\x9b\\u{202e}\\u{d800}\\u{feff}',
    )
  })

  test('in a view has nothing that a terminal acts on, and lines that begin as no other line does', () => {
    const view = new View(plain, { columns: 40 })
    fc.assert(
      fc.property(fc.oneof(anyText, text, bytes, fc.json()), (data) => {
        const [first = '', ...rest] = view.received(data).split('\n')
        expect(view.received(data)).not.toMatch(UNSAFE)
        expect(first.startsWith('← ')).toBe(true)
        for (const line of rest) expect(line.startsWith('  ')).toBe(true)
      }),
    )
    fc.assert(
      fc.property(bytes, (payload) => {
        expect(view.control('ping', payload)).not.toMatch(UNSAFE)
      }),
    )
    fc.assert(
      fc.property(anyText, (reason) => {
        expect(view.note(reason)).not.toMatch(/[\n\t]/)
      }),
    )
  })

  test('is cut in a view, with its size', () => {
    const view = new View(plain, { columns: 80 })
    const long = view.received('😀'.repeat(1_000_000))
    expect(long.length).toBeLessThan(10_000)
    expect(long).toMatch(/… 3\.8 MiB in all$/)
    expect(long).not.toContain('\\u{d83d}')
    expect(view.received('line\n'.repeat(1000)).split('\n')).toHaveLength(65)
    expect(view.received(Buffer.alloc(100_000)).split('\n').length).toBeLessThan(70)
  })
})

describe('JSON', () => {
  test('is formatted without a change of its values, numbers and strings as they were sent', () => {
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: 0, max: 100 }), (json, width) => {
        const formatted = formatJSON(json, plain, width)
        if (!/^[{[]/.test(json)) expect(formatted).toBeUndefined()
        // Escapes of this program are no JSON.
        else if (!formatted?.includes('\\x') && !formatted?.includes('\\u{')) {
          expect(JSON.parse(formatted as string)).toEqual(JSON.parse(json))
        }
      }),
    )
    expect(formatJSON('{"n":12345678901234567890,"e":1E400,"s":"\\u0041"}', plain, 80)).toBe(
      '{"n": 12345678901234567890, "e": 1E400, "s": "\\u0041"}',
    )
  })

  test('has a line for each value of what does not fit', () => {
    expect(formatJSON('{"a":[1,2],"b":{},"long":["xxxxxxxxxx","yyyyyyyyyy"]}', plain, 24)).toBe(
      '{\n  "a": [1, 2],\n  "b": {},\n  "long": [\n    "xxxxxxxxxx",\n    "yyyyyyyyyy"\n  ]\n}',
    )
  })

  test.each(['{', '[1,]', '{"a":1}}', 'text', '"text"', '12', ''])('%j is not formatted', (each) => {
    expect(formatJSON(each, plain, 80)).toBeUndefined()
  })

  test('of great depth is formatted or left alone', () => {
    for (const depth of [1000, 100_000]) {
      const nested = '['.repeat(depth) + ']'.repeat(depth)
      expect([undefined, 'string']).toContain(
        formatJSON(nested, plain, 80) === undefined ? undefined : 'string',
      )
    }
  }, 60_000)
})

/** Passes text through a keyboard, in chunks of bytes. Returns what was typed, with pastes in brackets. */
function type(input: string, cuts: number[]): string[] {
  const out: string[] = []
  const add = (kind: string, typed: string) => {
    const last = out.at(-1)
    if (kind === 'keys' && last?.startsWith('keys ')) out[out.length - 1] = last + typed
    else out.push(`${kind} ${typed}`)
  }
  const keyboard = new Keyboard({
    handleKeys: (keys) => add('keys', keys),
    handlePaste: (paste) => add('paste', paste),
  })
  const data = Buffer.from(input)
  let from = 0
  for (const cut of [...cuts.map((each) => each % (data.length + 1)), data.length].sort((a, b) => a - b)) {
    keyboard.handleData(data.subarray(from, cut))
    from = cut
  }
  keyboard.flush()
  return out
}

describe('the keyboard', () => {
  const cuts = fc.array(fc.nat(), { maxLength: 6 })

  test('parts keys and pastes, however the bytes are cut', () => {
    const input = 'ab\u001b[A\u001b[200~one\r\ntwo\n\u001b[31m字\u001b[201~c\u001b\rd'
    const expected = ['keys ab\u001b[A', 'paste one␊two␊␛[31m字', 'keys c', 'paste ␊', 'keys d']
    fc.assert(
      fc.property(cuts, (each) => {
        expect(type(input, each)).toEqual(expected)
      }),
    )
  })

  test('passes on any keys unchanged', () => {
    const keys = text.map((each) => each.replaceAll('\u001b\r', ''))
    fc.assert(
      fc.property(keys, cuts, (each, at) => {
        expect(type(each, at).join('')).toBe(each === '' ? '' : `keys ${each}`)
      }),
    )
  })

  test('shows a paste in one line, and gives its characters back', () => {
    fc.assert(
      fc.property(text, (each) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
        expect(toPictures(each)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
        // C1 has no pictures; line ends become line feeds.
        const kept = each.replace(/[\u0080-\u009f]/g, '\ufffd').replace(/\r\n?/g, '\n')
        expect(fromPictures(toPictures(each))).toBe(fromPictures(kept))
      }),
    )
  })
})

describe('a typed line', () => {
  test('is a message, whatever it is, unless it begins with a slash', () => {
    fc.assert(
      fc.property(anyText, (line) => {
        if (line.startsWith('/') || line === '') return
        expect(parseLine(line)).toEqual({ kind: 'text', data: line })
      }),
    )
  })

  test('never fails', () => {
    fc.assert(
      fc.property(anyText, (line) => {
        expect(parseLine(`/${line}`).kind).toMatch(/^(text|bytes|command|mistake)$/)
      }),
    )
  })

  test.each([
    ['', { kind: 'nothing' }],
    ['//a', { kind: 'text', data: '/a' }],
    ['/a/b', { kind: 'text', data: '/a/b' }],
    ['/binary 00 fF', { kind: 'bytes', data: Buffer.from([0, 255]) }],
    ['/binary', { kind: 'bytes', data: Buffer.alloc(0) }],
    ['/binary 0', { kind: 'mistake', message: expect.stringContaining('hexadecimal') }],
    ['/close 4000 good bye', { kind: 'command', name: '/close', argument: '4000 good bye' }],
    ['/pnig', { kind: 'mistake', message: expect.stringContaining('did you mean /ping?') }],
    ['/toString', { kind: 'mistake', message: expect.stringContaining('/help lists them') }],
  ])('%j', (line, request) => expect(parseLine(line)).toEqual(request))

  test('is completed if it begins like a command', () => {
    expect(completeLine('/p')).toEqual(['/ping'])
    expect(completeLine('/')).toContain('/help')
    expect([completeLine('p'), completeLine('/ping ')]).toEqual([[], []])
  })
})

describe('lines', () => {
  test('are the same however the bytes are cut, and none is lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(bytes.map((each) => each.filter((byte) => byte !== 10 && byte !== 13))),
        fc.integer({ min: 1, max: 9 }),
        async (given, size) => {
          const data = Buffer.concat(given.map((line) => Buffer.concat([line, Buffer.from('\n')])))
          async function* chunks() {
            for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size)
          }
          const lines: Buffer[] = []
          for await (const line of linesOf(chunks())) lines.push(line)
          expect(lines.map((each) => each.toString('hex'))).toEqual(
            given.map((each) => Buffer.from(each).toString('hex')),
          )
        },
      ),
    )
  })
})

describe('values', () => {
  test.each([
    ['0', 0],
    ['2', 2000],
    ['1.5s', 1500],
    ['.5', 500],
    ['250ms', 250],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['forever', Number.POSITIVE_INFINITY],
    ['2147483647ms', 2_147_483_647],
    // Longer than a timer of Node waits.
    ['2147483648ms', Number.POSITIVE_INFINITY],
  ])('%s is %d ms', (given, ms) => expect(toDuration(given, '--wait')).toBe(ms))

  test.each([
    ['64', 64],
    ['16k', 16_384],
    ['1M', 1_048_576],
    ['1MiB', 1_048_576],
    ['0', 0],
  ])('%s is %d bytes', (given, size) => expect(toSize(given, '--size')).toBe(size))

  test('that are none of these are refused with the name of the flag', () => {
    const parsers = [toDuration, toSize, toCount, toPositive]
    fc.assert(
      fc.property(anyText, fc.constantFrom(...parsers), (given, parser) => {
        try {
          const value = parser(given, '--flag')
          expect(value).toBeGreaterThanOrEqual(0)
          expect(value).not.toBeNaN()
        } catch (error) {
          expect(error).toMatchObject({ exitCode: 2, message: expect.stringContaining('--flag') })
        }
      }),
    )
    for (const given of ['', '-1', '1x', '1e3', 'NaN', 'Infinity', ' 1', '1 s']) {
      for (const parser of parsers)
        expect(() => parser(given, '--flag'), `${parser.name} ${given}`).toThrow('--flag')
    }
  })

  test('are shown with three digits and a unit', () => {
    expect([0.0312, 0.312, 3.12, 31.24, 312.4, 3124, 93_000, 7_200_000].map(formatTime)).toEqual([
      ...['0.031 ms', '0.312 ms', '3.12 ms', '31.2 ms', '312 ms', '3.12 s', '1.55 min', '2.00 h'],
    ])
    expect([0, 64, 1024, 1536, 5 * 1024 ** 3].map(formatSize)).toEqual([
      '0 B',
      '64 B',
      '1 KiB',
      '1.5 KiB',
      '5 GiB',
    ])
    expect([1, 1234, 1_234_567].map(formatCount)).toEqual(['1', '1 234', '1 234 567'])
  })
})

test('colours follow FORCE_COLOR, then NO_COLOR, then the terminal', () => {
  const terminal = { isTTY: true }
  expect(hasColours(terminal, {})).toBe(true)
  expect(hasColours({}, {})).toBe(false)
  expect(hasColours(terminal, { NO_COLOR: '1' })).toBe(false)
  expect(hasColours(terminal, { NO_COLOR: '' })).toBe(true)
  expect(hasColours(terminal, { TERM: 'dumb' })).toBe(false)
  expect(hasColours({}, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(true)
  expect(hasColours(terminal, { FORCE_COLOR: '0' })).toBe(false)
})

test('an exit code belongs to each class of errors', () => {
  expect(
    [
      'ERR_WS_CONNECT',
      'ERR_WS_TLS',
      'ERR_WS_HANDSHAKE_LOST',
      'ERR_WS_UNEXPECTED_STATUS',
      'ERR_WS_CLOSED',
      'ERR_WS_PROTOCOL',
      'ERR_WS_CONNECT_TIMEOUT',
      'ERR_WS_INVALID_URL',
      'ENOENT',
      undefined,
    ].map(exitCodeOf),
  ).toEqual([3, 4, 5, 5, 6, 7, 8, 2, 1, 1])
})
