// The programs of examples/, each run against their server and judged by what it prints.

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { refusingAddress } from '../support/addresses.js'
import { Program, run, start, success } from '../support/program.js'

const built = (name: string) => new URL(`../../build/examples/${name}.mjs`, import.meta.url)

/** Starts the server of the examples, which is killed when the test has finished. */
async function startServer(): Promise<{ url: string; server: Program }> {
  const server = start(built('server'), ['0'])
  return { url: await server.printed(/^ws:/), server }
}

/** Runs a program that reads standard input. */
function runWithInput(name: string, args: string[], input: string) {
  const { NODE_OPTIONS, ...env } = process.env
  const child = spawn(process.execPath, [built(name).pathname, ...args], { env })
  child.stdin.end(input)
  return new Program(child).ended
}

// On Windows a signal of another process ends a program without its listener.
describe.skipIf(process.platform === 'win32')('market-data', () => {
  const prices = ['BTC-USD', 'ETH-USD', 'SOL-USD'].map((symbol) =>
    expect.stringMatching(new RegExp(`^${symbol} 10[01]\\.\\d\\d 10[01]\\.\\d\\d$`)),
  )

  test('prints the latest price of each symbol, and ends on Ctrl-C', async () => {
    const { url } = await startServer()
    const program = start(built('market-data'), [`${url}/market`])
    await program.printed(/^SOL-USD/)
    program.kill('SIGINT')
    const end = expect.stringMatching(/^updates: \d{2,}, symbols: 3, connections: 1$/)
    expect(await program.ended).toEqual(success(...prices, end))
  })

  test('connects again when the connection is lost', async () => {
    const { url } = await startServer()
    const program = start(built('market-data'), [`${url}/market?drop=30`])
    await program.printed(/^connection 3 lost/)
    program.kill('SIGINT')
    const { lines, ...rest } = await program.ended
    expect(rest).toEqual({ code: 0, signal: null, stderr: '' })
    const reports = lines.filter((line) => !/^\w+-USD/.test(line))
    const lost = [1, 2, 3].map((each) =>
      expect.stringMatching(new RegExp(`^connection ${each} lost after 30 updates: .+`)),
    )
    // The fourth connection may be open before the signal arrives.
    const end = expect.stringMatching(
      /^updates: (90, symbols: 3, connections: 3|(9\d|1[01]\d), symbols: 3, connections: 4)$/,
    )
    expect(reports).toEqual([...lost, end])
  })

  test('ends on Ctrl-C, within seconds, although the server does not answer the close frame', async () => {
    const { url, server } = await startServer()
    const program = start(built('market-data'), [`${url}/market`])
    await program.printed(/^SOL-USD/)
    server.kill('SIGSTOP')
    const before = performance.now()
    program.kill('SIGINT')
    const { code, stderr } = await program.ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(performance.now() - before).toBeLessThan(5000)
  })

  test('ends on Ctrl-C while the server cannot be reached', async () => {
    const { url, server } = await startServer()
    const program = start(built('market-data'), [`${url}/market`])
    await program.printed(/^SOL-USD/)
    server.kill('SIGKILL')
    await program.printed(/^connection 1 lost/)
    program.kill('SIGINT')
    const { code, lines, stderr } = await program.ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(lines.at(-1)).toMatch(/^updates: \d{2,}, symbols: 3, connections: 1$/)
  })
})

describe('json-rpc', () => {
  test('matches 10 000 responses to their calls, and rejects the call that failed', async () => {
    const { url } = await startServer()
    expect(await run(built('json-rpc'), [`${url}/rpc`])).toEqual(
      success(
        expect.stringMatching(/^10000 calls in \d+ ms, 0 wrong results$/),
        'Method divide not found (-32601)',
      ),
    )
  })

  test('rejects the calls in flight when the connection is lost', async () => {
    const { url } = await startServer()
    const { code, lines, stderr } = await run(built('json-rpc'), [`${url}/rpc?drop=100`])
    expect({ code, lines }).toEqual({ code: 1, lines: [] })
    expect(stderr).toContain("code: 'ERR_WS_CLOSED'")
  })

  test('rejects the calls in flight when the server closes the connection', async () => {
    const { url } = await startServer()
    const { code, lines, stderr } = await run(built('json-rpc'), [`${url}/rpc?close=5`, '10'])
    expect({ code, lines }).toEqual({ code: 1, lines: [] })
    expect(stderr).toContain('Error: the connection was closed with code 1000')
  })
})

describe('chat-resume', () => {
  test('receives each event once and in order, over connections that are closed or lost', async () => {
    const { url } = await startServer()
    expect(await run(built('chat-resume'), [`${url}/chat`])).toEqual(
      success(
        'closed with code 1012 after event 19',
        'closed with code 1006 after event 39',
        'closed with code 1012 after event 59',
        'closed with code 1006 after event 79',
        'closed with code 1000 after event 99',
        '100 events over 5 connections',
      ),
    )
  })

  test('ends with an error if the server would close each connection', async () => {
    const { url } = await startServer()
    const { code, lines, stderr } = await run(built('chat-resume'), [`${url}/missing`])
    expect({ code, lines }).toEqual({ code: 1, lines: ['closed with code 1008 after event -1'] })
    expect(stderr).toContain('there is no /missing')
  })
})

describe('fan-in', () => {
  test('receives all readings of 1000 connections', async () => {
    const { url } = await startServer()
    expect(await run(built('fan-in'), [`${url}/sensor?readings=3`, '1000', '25'])).toEqual(
      success(expect.stringMatching(/^3000 readings of 1000 sensors, on average 20\.\d °C$/)),
    )
  })

  test('closes all connections after the given time', async () => {
    const { url } = await startServer()
    const { code, lines, stderr } = await run(built('fan-in'), [`${url}/sensor`, '20', '1'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(lines).toEqual([expect.stringMatching(/^\d{2,3} readings of 20 sensors, on average 20\.\d °C$/)])
  })

  test('reports the connections that are lost, and receives what arrived on them', async () => {
    const { url } = await startServer()
    const { code, lines, stderr } = await run(built('fan-in'), [`${url}/sensor?drop=2`, '3', '25'])
    expect(code).toBe(0)
    expect(lines).toEqual([expect.stringMatching(/^6 readings of 3 sensors/)])
    expect(stderr.match(/^ws:\S+&id=[012]: .+$/gm)).toHaveLength(3)
  })
})

describe('command-line', () => {
  test('prints the reply to each line', async () => {
    const { url } = await startServer()
    const ended = runWithInput('command-line', [`${url}/shell`], 'one\ntwo\n\nthree')
    expect(await ended).toEqual(success('ONE', 'TWO', 'THREE'))
  })

  test.each([
    [
      'an unreachable server',
      async () => `ws://${await refusingAddress()}`,
      /^ERR_WS_CONNECT: cannot connect to 127\.0\.0\.1:\d+: .+\n$/,
    ],
    ['an invalid URL', async () => 'localhost', /^ERR_WS_INVALID_URL: .*\n$/],
  ])('reports %s in one line and exits with 1', async (_what, url, message) => {
    expect(await runWithInput('command-line', [await url()], 'one\n')).toEqual({
      code: 1,
      signal: null,
      lines: [],
      stderr: expect.stringMatching(message),
    })
  })
})

describe('transfer', () => {
  /**
   * In MB. Measured were 100 to 145 under Node 20 to 26: Node itself, and Buffers that V8 has not collected yet. If the
   * program does not wait for its sends, 360, because it keeps what it produces while the server stalls.
   */
  const MOST_RESIDENT = 220

  test('sends 300 MB to a server that stalls, without keeping them in memory', async () => {
    const { url } = await startServer()
    const { lines, ...rest } = await run(built('transfer'), [`${url}/upload?stall=1500`, '300'])
    expect({ ...rest, lines: lines.length }).toEqual({ code: 0, signal: null, stderr: '', lines: 1 })
    const [, bytes, verdict, resident] =
      /^(\d+) bytes, SHA-256 (\w+), at most (\d+) MB resident$/.exec(lines[0] ?? '') ?? []
    expect({ bytes, verdict }).toEqual({ bytes: '300000000', verdict: 'equal' })
    expect(Number(resident)).toBeLessThan(MOST_RESIDENT)
  })
})

describe('worker', () => {
  test('gets the sums of 200 requests from its Worker, and ends', async () => {
    const { url } = await startServer()
    expect(await run(built('worker'), [`${url}/rpc`, '200'])).toEqual(
      success(expect.stringMatching(/^200 sums, 0 wrong, \d+\.\d{3} ms each$/)),
    )
  })

  test('ends with the error of its Worker if the connection is lost', async () => {
    const { url } = await startServer()
    const { code, stderr } = await run(built('worker'), [`${url}/rpc?drop=5`, '200'])
    expect(code).toBe(1)
    expect(stderr).toContain("code: 'ERR_WS_CLOSED'")
  })
})

describe('ws-program', () => {
  const output = (client: string) =>
    success(`connected by ${client}`, 'ONE', 'TWO', 'THREE', 'closed with 1000 done')

  test.each([
    ['ws', []],
    ['websocket-rs', ['--import', 'websocket-rs/register']],
  ])('is served by %s, with the same output', async (client, flags) => {
    const { url } = await startServer()
    expect(await run(built('ws-program'), [`${url}/shell`], flags)).toEqual(output(client))
  })
})

describe('compressed-market-data', () => {
  test('receives updates in less than half of their bytes', async () => {
    const { url } = await startServer()
    const { lines, ...rest } = await run(built('compressed-market-data'), [`${url}/compressed-market`, '300'])
    expect(rest).toEqual({ code: 0, signal: null, stderr: '' })
    expect(lines[0]).toBe('extensions: permessage-deflate')
    const percent = /^updates: \d{3,}, symbols: 3, \d+ bytes in \d+ on the wire \((\d+) %\)$/.exec(
      lines[1] ?? '',
    )?.[1]
    expect(Number(percent)).toBeLessThan(50)
  })

  test('works with a server that does not compress', async () => {
    const { url } = await startServer()
    const { code, lines } = await run(built('compressed-market-data'), [`${url}/market`, '30'])
    expect({ code, first: lines[0] }).toEqual({ code: 0, first: 'extensions: none' })
  })
})

describe('tracing', () => {
  test('makes a span of the call and one of the connection', async () => {
    const { url } = await startServer()
    const target = { 'url.full': `${url}/mirror` }
    const counts = {
      'websocket.close_code': 1000,
      'websocket.messages_sent': 1,
      'websocket.messages_received': 1,
    }
    expect(await run(built('tracing'), [`${url}/mirror`])).toEqual(
      success(
        `connect ${JSON.stringify(target)} ok`,
        `connection ${JSON.stringify({ ...target, ...counts })} ok`,
      ),
    )
  })

  test('makes a span with the error of a call that failed', async () => {
    const url = `ws://${await refusingAddress()}`
    const { code, lines } = await run(built('tracing'), [url])
    expect(code).toBe(1)
    expect(lines).toEqual([
      expect.stringMatching(/^connect .*"error\.type":"ERR_WS_CONNECT"\} cannot connect to/),
    ])
  })
})

describe('stream-file', () => {
  test('sends a file as one message, and writes the message that comes back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stream-file-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const [file, copy] = [join(folder, 'file'), join(folder, 'copy')]
    writeFileSync(file, randomBytes(10_000_000))
    const { url } = await startServer()
    const ending = await run(built('stream-file'), [`${url}/mirror`, file, copy])
    expect(ending).toEqual(success(`10000000 bytes, binary, in ${copy}`))
    expect(readFileSync(copy).equals(readFileSync(file))).toBe(true)
  })
})
