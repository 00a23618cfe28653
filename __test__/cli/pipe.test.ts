// Pipe mode: lines in, messages out.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { bin, environment, parseLines, Running, run, success } from './command.js'

/** Short, so that the tests do not wait: the peer answers at once. */
const soon = ['--wait', '200ms']

describe('pipe mode', () => {
  test('sends each line as a message and prints each message as a line', async () => {
    expect(await run([peer.ws, '-n', '3'], { input: 'one\ntwo\r\nthree' })).toEqual(
      success('one', 'two', 'three'),
    )
  })

  test('sends an empty line as an empty message', async () => {
    expect(await run([peer.ws, '-n', '3'], { input: 'a\n\nb\n' })).toEqual(success('a', '', 'b'))
  })

  test('ends when the input has ended and the server is silent', async () => {
    expect(await run([peer.ws, ...soon], { input: 'hello\n' })).toEqual(success('hello'))
  })

  test('waits for a message that comes late, and prints what comes after the input', async () => {
    expect(await run([`${peer.ws}/slow?delay=300`, '--wait', '10s', '-n', '1'], { input: 'late\n' })).toEqual(
      success('late'),
    )
  })

  test('sends while the input is open', async () => {
    const running = new Running([peer.ws])
    running.child.stdin?.write('first\n')
    await running.printed(/first\n/)
    running.child.stdin?.end('second\n')
    expect(await running.ended).toEqual(success('first', 'second'))
  })

  test('prints messages of a server that speaks first, until it closes', async () => {
    const { code, stdout } = await run([`${peer.ws}/source?count=3&size=4&kind=text`, '--wait', 'forever'])
    expect([code, stdout.split('\n')]).toEqual([
      0,
      [expect.stringMatching(/^0/), expect.any(String), expect.any(String), ''],
    ])
  })

  test('-x sends messages instead of the input', async () => {
    const args = [peer.ws, '-x', 'a', '--execute', '-b', '-n', '2']
    expect(await run(args, { input: 'not sent\n' })).toEqual(success('a', '-b'))
  })

  test('--json prints an event in each line', async () => {
    const { code, stdout } = await run([`${peer.ws}/ping?count=1&payload=hi`, '--json', ...soon], {
      input: 'é\n',
    })
    const events = parseLines(stdout)
    const byKind = (kind: string) => events.filter((each) => each.kind === kind)
    expect(code).toBe(0)
    expect(byKind('open')).toEqual([{ time: expect.any(Number), kind: 'open', protocol: '', extensions: '' }])
    expect(byKind('ping')).toEqual([expect.objectContaining({ direction: 'received', data: 'aGk=' })])
    expect(byKind('text')).toContainEqual(expect.objectContaining({ direction: 'received', data: 'é' }))
    expect(events.at(-1)).toEqual({ time: expect.any(Number), kind: 'close', code: 1000, reason: '' })
  })

  test('prints binary messages as hexadecimal digits, as base64 or as they are', async () => {
    const url = `${peer.ws}/source?count=1&size=3&kind=binary`
    const [digits, json, bytes] = await Promise.all([
      run([url, '-n', '1']),
      run([url, '-n', '1', '--json']),
      run([url, '-n', '1', '--raw']),
    ])
    expect(digits.stdout).toMatch(/^[0-9a-f]{6}\n$/)
    const hex = digits.stdout.trim()
    expect(parseLines(json.stdout)[1]).toMatchObject({
      kind: 'binary',
      data: Buffer.from(hex, 'hex').toString('base64'),
    })
    expect(bytes.stdout).toBe(Buffer.from(hex, 'hex').toString())
  })

  test('--binary sends lines as binary messages and prints their bytes', async () => {
    const running = new Running([peer.ws, '--binary', '-n', '2'])
    running.child.stdin?.end(Buffer.from([0xff, 0x00, 0x0a, 0x41, 0x0a]))
    expect((await running.ended).code).toBe(0)
    expect(running.bytes).toEqual(Buffer.from([0xff, 0x00, 0x0a, 0x41, 0x0a]))
  })

  test('--raw sends all input as one message and adds nothing', async () => {
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 256))
    const running = new Running([peer.ws, '--binary', '--raw', '-n', '1'])
    running.child.stdin?.end(content)
    expect((await running.ended).code).toBe(0)
    expect(running.bytes.equals(content)).toBe(true)
  })

  test('passes on a long line and many lines', async () => {
    const long = 'x'.repeat(3_000_000)
    const many = Array.from({ length: 20_000 }, (_, at) => `line ${at}`)
    const { code, stdout } = await run([peer.ws, '-n', '20001'], { input: [long, ...many].join('\n') })
    expect(code).toBe(0)
    expect(stdout === `${[long, ...many].join('\n')}\n`).toBe(true)
  })

  test('ends well when its reader has gone, however much still comes', async () => {
    const running = new Running([`${peer.ws}/source?count=100000000&size=100&kind=text`])
    await running.printed(/\n/)
    running.child.stdout?.destroy()
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' })
  })

  test('loses nothing if its reader is slow', async () => {
    const child = spawn(
      process.execPath,
      [bin, `${peer.ws}/source?count=2000000&size=100&kind=text`, '-n', '200000'],
      {
        env: environment(),
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    await once(child.stdout, 'readable')
    let bytes = 0
    for await (const chunk of child.stdout) {
      bytes += (chunk as Buffer).length
      if (bytes % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(bytes).toBe(200_000 * 101)
  })
})

describe('signals', () => {
  test.skipIf(process.platform === 'win32').each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s closes the connection and exits with %i', async (signal, code) => {
    const running = new Running([peer.ws, '--json'])
    await running.printed(/"open"/)
    running.child.kill(signal)
    const ended = await running.ended
    expect(ended.code).toBe(code)
    expect(parseLines(ended.stdout).at(-1)).toMatchObject({ kind: 'close', code: 1000 })
  })

  test.skipIf(process.platform === 'win32')('a second SIGINT ends it at once', async () => {
    // Never answers, so that the first one waits for the closing handshake.
    const running = new Running([`${peer.ws}/deaf`, '--json'])
    await running.printed(/"open"/)
    running.child.kill('SIGINT')
    // Signals that are pending at the same time are delivered once.
    const again = setInterval(() => running.child.kill('SIGINT'), 50)
    const ended = await running.ended
    clearInterval(again)
    // One more may come when the command has ended the connection and listens no longer.
    expect([130, null]).toContain(ended.code)
    expect(parseLines(ended.stdout).at(-1)).toMatchObject({ kind: 'close', code: 1006 })
  })

  test.skipIf(process.platform === 'win32')('SIGINT ends connecting', async () => {
    const running = new Running([`${peer.ws}/hang`])
    const interrupt = setInterval(() => running.child.kill('SIGINT'), 200)
    const ended = await running.ended
    clearInterval(interrupt)
    // Before the command listens, the signal has its usual effect.
    expect([130, null]).toContain(ended.code)
    expect(ended.stderr).toBe('')
  })
})

describe('--reconnect', () => {
  test('connects again when the server has closed, and goes on sending', async () => {
    const running = new Running([`${peer.ws}/close?after=1&code=1012`, '--reconnect', '--json'])
    running.child.stdin?.write('one\n')
    await running.printed(/"open"[\s\S]*"open"/)
    running.child.stdin?.write('two\n')
    await running.printed(/"data":"two"/)
    running.child.kill('SIGTERM')
    const ended = await running.ended
    expect(ended.stderr).toMatch(/connecting again in .* \(attempt \d\)/)
    expect(ended.code).toBe(process.platform === 'win32' ? null : 143)
  })

  test('does not suggest itself when a connection is lost', async () => {
    const running = new Running([`${peer.ws}/close?code=1006&reset=1`, '--reconnect'])
    running.child.stdin?.write('one\n')
    await running.printed(/connecting again/)
    running.child.kill('SIGTERM')
    expect((await running.ended).stderr).not.toContain('--reconnect')
  })

  test('does not connect again after an end that would occur again', async () => {
    const { code, stderr } = await run([`${peer.ws}/status/404`, '--reconnect'])
    expect(code).toBe(5)
    expect(stderr).not.toContain('connecting again')
  })
})
