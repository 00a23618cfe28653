// `record` and `replay`.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { parseLines, Running, run } from './command.js'

const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-recording-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
/** Returns the path of a file that does not exist. */
const newFile = () => join(folder, `${files++}.jsonl`)

const read = (path: string) => parseLines(readFileSync(path, 'utf8'))

function write(...events: object[]): string {
  const path = newFile()
  const header = { version: 1, url: 'ws://localhost/', started: '2026-01-01T00:00:00.000Z' }
  writeFileSync(path, [header, ...events].map((each) => `${JSON.stringify(each)}\n`).join(''))
  return path
}

describe('record', () => {
  test('writes what is sent and received, in order, with times', async () => {
    const path = newFile()
    const url = peer.ws.replace('ws://', 'ws://user:secret@')
    const { code, stdout, stderr } = await run(['record', url, path, '-n', '2', '-x', 'one', '-x', 'zwei ü'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'one\nzwei ü\n' })
    expect(stderr).toBe(`websocket-rs: 6 events recorded in ${path}\n`)
    const [header, ...events] = read(path)
    expect(header).toEqual({ version: 1, url: `${peer.ws}/`, started: expect.stringMatching(/^\d{4}-.*Z$/) })
    expect(readFileSync(path, 'utf8')).not.toContain('secret')
    const sent = events.filter(({ direction }) => direction === 'sent').map(({ data }) => data)
    const received = events.filter(({ direction }) => direction === 'received').map(({ data }) => data)
    expect([sent, received]).toEqual([
      ['one', 'zwei ü'],
      ['one', 'zwei ü'],
    ])
    expect([events[0]?.kind, events.at(-1)]).toEqual([
      'open',
      { time: expect.any(Number), kind: 'close', code: 1000, reason: '' },
    ])
    const times = events.map(({ time }) => time as number)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })

  test.skipIf(process.platform === 'win32')(
    'replaces a file, which only its owner can read then',
    async () => {
      const path = newFile()
      writeFileSync(path, 'x'.repeat(10_000), { mode: 0o644 })
      await run(['record', peer.ws, path, '-n', '1', '-x', 'a'])
      expect(read(path)).toHaveLength(5)
      expect(statSync(path).mode & 0o777).toBe(0o600)
    },
  )

  test('leaves a file as it was if no connection is opened', async () => {
    const path = write({ time: 1, direction: 'sent', kind: 'text', data: 'kept' })
    const before = readFileSync(path, 'utf8')
    const { code, stderr } = await run(['record', `${peer.ws}/status/404`, path])
    expect({ code, stderr }).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('nothing was recorded'),
    })
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  test('writes binary messages and pings in base64', async () => {
    const path = newFile()
    await run(['record', `${peer.ws}/ping?count=1&payload=hi`, path, '-b', '-x', 'raw', '-w', '200ms'])
    const events = read(path)
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'ping', direction: 'received', data: 'aGk=' }),
    )
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'binary', direction: 'sent', data: 'cmF3' }),
    )
  })

  test.skipIf(process.platform === 'win32')('writes a file that others cannot read', async () => {
    const path = newFile()
    await run(['record', peer.ws, path, '-d', '50ms'])
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test.skipIf(process.platform === 'win32')(
    'ends well with SIGINT, and keeps what was recorded',
    async () => {
      const path = newFile()
      const running = new Running(['record', peer.ws, path])
      running.child.stdin?.write('kept\n')
      await running.printed(/kept/)
      running.child.kill('SIGINT')
      expect((await running.ended).code).toBe(0)
      expect(read(path).map(({ kind }) => kind)).toEqual(
        ['version', 'open', 'text', 'text', 'close'].map((kind) => (kind === 'version' ? undefined : kind)),
      )
    },
  )

  test('ends after --duration', async () => {
    expect(await run(['record', peer.ws, newFile(), '-d', '100ms'])).toMatchObject({ code: 0 })
  })

  test('says that a file cannot be written', async () => {
    const { code, stderr } = await run([
      'record',
      peer.ws,
      join(folder, 'no/such/folder'),
      '-x',
      'a',
      '-w',
      '1s',
    ])
    expect(code).toBe(1)
    expect(stderr).toMatch(/cannot write .*ENOENT/)
  })
})

const sent = (time: number, data: string) => ({ time, direction: 'sent', kind: 'text', data })

describe('replay', () => {
  test('sends what was sent, and prints the replies', async () => {
    const path = newFile()
    await run(['record', peer.ws, path, '-n', '3', '-x', 'a', '-x', 'b', '-x', 'c'])
    const { code, stdout } = await run(['replay', path, peer.ws, '-n', '3'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'a\nb\nc\n' })
  })

  test('keeps the times since the opening', async () => {
    const path = write(
      { time: 100, kind: 'open', protocol: '', extensions: '' },
      sent(150, 'early'),
      { time: 200, direction: 'sent', kind: 'binary', data: 'AP8=' },
      sent(900, 'late'),
      { time: 950, kind: 'close', code: 1000, reason: '' },
    )
    const { stdout } = await run(['replay', path, peer.ws, '-n', '3', '--json'])
    const [open, early, binary, late] = parseLines(stdout)
    expect([early?.data, binary, late?.data]).toEqual([
      'early',
      expect.objectContaining({ kind: 'binary', data: 'AP8=' }),
      'late',
    ])
    const since = (event: typeof open) => (event?.time as number) - (open?.time as number)
    // Timers are never early, and only the echo can be late.
    expect(since(early)).toBeGreaterThanOrEqual(49)
    expect(since(late)).toBeGreaterThanOrEqual(799)
    expect(since(early)).toBeLessThan(since(late))
  })

  test('--speed changes the pace, and max does not wait', async () => {
    // A pace of 1 would take a day.
    const path = write(sent(0, 'a'), sent(86_400_000, 'b'))
    const [max, fast] = await Promise.all([
      run(['replay', path, peer.ws, '-n', '2', '--speed', 'max']),
      run(['replay', path, peer.ws, '-n', '2', '--speed', '1000000']),
    ])
    expect([max.stdout, fast.stdout]).toEqual(['a\nb\n', 'a\nb\n'])
  })

  test('sends what was received if nothing was sent, or if it is asked to', async () => {
    const received = (data: string) => ({ time: 0, direction: 'received', kind: 'text', data })
    const [only, chosen, both] = await Promise.all([
      run(['replay', write(received('r')), peer.ws, '-n', '1']),
      run(['replay', write(sent(0, 's'), received('r')), peer.ws, '-n', '1', '--direction', 'received']),
      run(['replay', write(sent(0, 's'), received('r')), peer.ws, '-n', '2', '--direction', 'both']),
    ])
    expect(only).toMatchObject({
      code: 0,
      stdout: 'r\n',
      stderr: expect.stringContaining('nothing was sent'),
    })
    expect(chosen).toMatchObject({ stdout: 'r\n', stderr: '' })
    expect(both.stdout).toBe('s\nr\n')
  })

  test.each<[problem: string, content: string, message: RegExp]>([
    ['no JSON', 'nonsense\n', /:1 is not a line of a recording: /],
    ['another version', '{"version":2,"url":"","started":""}\n', /:1 .*"version" is not 1/],
    [
      'a broken event',
      '{"version":1,"url":"","started":""}\n\n{"time":1,"kind":"text"}\n',
      /:3 .*"direction"/,
    ],
    ['nothing', '', /is empty/],
    ['no messages', '{"version":1,"url":"","started":""}\n', /has no messages/],
  ])('refuses a file with %s', async (_, content, message) => {
    const path = newFile()
    writeFileSync(path, content)
    const { code, stderr } = await run(['replay', path, peer.ws])
    expect(code).toBe(1)
    expect(stderr).toMatch(message)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  test('refuses a file that is not there', async () => {
    expect(await run(['replay', join(folder, 'missing'), peer.ws])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/cannot read .*ENOENT/),
    })
  })
})
