// Errors: one line each, with a code and what to do, and exit codes for scripts.

import { describe, expect, test } from 'vitest'
import { peer, startPeer } from '../support/peer.js'
import { Running, run } from './command.js'

const gone = await startPeer(['--no-tls'])
gone.stop()

/** Arguments, exit code and message. */
const FAILURES: [args: string[], code: number, message: RegExp][] = [
  [[gone.ws], 3, /^websocket-rs: ERR_WS_CONNECT: .*refused.*\. Check that the server runs/],
  [['ws://nothing.invalid'], 3, /^websocket-rs: ERR_WS_RESOLVE: /],
  [[peer.ws, '--proxy', gone.ws.replace('ws:', 'http:')], 3, /ERR_WS_PROXY: .*--no-proxy/],
  [[peer.wss], 4, /ERR_WS_TLS: .*--ca FILE.*--insecure/],
  [[`${peer.ws}/status/404`], 5, /ERR_WS_UNEXPECTED_STATUS: .*404\. Check the path/],
  [[`${peer.ws}/status/401`], 5, /401\. Authenticate with --auth or --header/],
  [[`${peer.ws}/status/302`], 5, /302\. Follow redirects with --follow/],
  [[`${peer.ws}/close?code=4000&reason=bye`, '-x', 'a'], 6, /the server closed with 4000: bye$/],
  [[`${peer.ws}/close?code=1006&reset=1`, '-x', 'a'], 6, /ERR_WS_CLOSED: .*--reconnect/],
  [
    ['bench', `${peer.ws}/close?code=1006&reset=1`],
    6,
    /ERR_WS_CLOSED: .*websocket-rs URL and record .*--reconnect/,
  ],
  [
    [`${peer.ws}/large?bytes=100000`, '--max-size', '1k', '-x', 'a'],
    7,
    /ERR_WS_MESSAGE_TOO_BIG: message is larger than --max-size, 1024 bytes\. Raise --max-size/,
  ],
  [['ping', `${peer.ws}/hang`, '-t', '200ms'], 8, /ERR_WS_CONNECT_TIMEOUT: .*--timeout/],
  [['bench', `${peer.ws}/hang`, '-t', '200ms'], 8, /ERR_WS_CONNECT_TIMEOUT: .*--timeout/],
  [[`${peer.ws}/hang`, '--timeout', '200ms'], 8, /ERR_WS_CONNECT_TIMEOUT: .*--timeout/],
  [[peer.ws, '-x', 'a', '-n', '2', '-w', '100ms'], 8, /1 of 2 messages came\. Raise --wait/],
]

/** Arguments and message of wrong commands. */
const MISTAKES: [args: string[], message: RegExp][] = [
  [[peer.ws, '--heade', 'a: b'], /there is no flag --heade; did you mean --header\?$/],
  [[peer.ws, '--cacert', 'x'], /there is no flag --cacert; did you mean --ca\?$/],
  [[peer.ws, '-Q'], /there is no flag -Q/],
  [[peer.ws, '--timeout'], /--timeout needs a value: DURATION/],
  [[peer.ws, '--insecure=1'], /--insecure takes no value/],
  [[peer.ws, '--rate', '5'], /--rate is not a flag of connect, but of bench/],
  [['pign', peer.ws], /there is no command "pign"; did you mean ping\?$/],
  [['benhc'], /neither a URL nor a command; did you mean bench\?$/],
  [['ping'], /an argument is missing\. Usage: websocket-rs ping URL/],
  [['ping', peer.ws, 'more'], /"more" is one argument too many/],
  [[peer.ws, 'more'], /"more" is one argument too many\. Usage: websocket-rs URL/],
  [['ws://[bad'], /ERR_WS_INVALID_URL/],
  [['ftp://localhost'], /ERR_WS_INVALID_URL/],
  [[peer.ws, '-t', 'soon'], /--timeout "soon" is not a time\. Write 500ms/],
  [[peer.ws, '-t', '0'], /--timeout has to be above 0/],
  [[peer.ws, '-n', '0'], /--count "0" has to be an integer, 1 or more/],
  [[peer.ws, '--max-size', '1x'], /--max-size "1x" is not a size/],
  [[peer.ws, '-H', 'nonsense'], /has no colon/],
  [[peer.ws, '-H', 'Upgrade: h2c'], /ERR_WS_INVALID_HEADER/],
  [[peer.ws, '--auth', 'secret'], /websocket-rs: --auth has no colon\. Write --auth USER:PASSWORD\.$/],
  [[peer.ws, '--auth', 'a:b', '-H', 'authorization: c'], /exclude each other/],
  [[peer.ws, '--cert', 'a.pem'], /--cert and --key belong together/],
  [[peer.ws, '--proxy', 'a', '--no-proxy'], /exclude each other/],
  [[peer.ws, '--json', '--raw'], /exclude each other/],
  [['completion', 'tcsh'], /there is no completion for "tcsh"\. Write bash, zsh, fish/],
  [['bench', peer.ws, '--size', '600M'], /--size may be at most 512/],
  [['ping', peer.ws, '--size', '200'], /--size "200" has to be an integer, 8 to 125/],
  [['replay', 'x', peer.ws, '--speed', '-1'], /--speed "-1" has to be a number above 0/],
  [[peer.wss, '--ca', 'package.json'], /ERR_WS_INVALID_OPTION: --ca holds no PEM certificate/],
  [['ping', peer.wss, '--passphrase', 'x'], /ERR_WS_INVALID_OPTION: --passphrase needs --key\./],
  [['bench', peer.wss, '--servername', 'a b', '-k'], /ERR_WS_INVALID_OPTION: --servername: /],
  [['bench', peer.ws, '--proxy', 'ftp://a'], /ERR_WS_INVALID_OPTION: --proxy: scheme "ftp:"/],
  [[peer.ws, '-H', 'Sec-WebSocket-Protocol: a'], /ERR_WS_INVALID_HEADER: .*: use --subprotocol\./],
  [[peer.ws, '-H', 'Sec-WebSocket-Extensions: a'], /ERR_WS_INVALID_HEADER: .*: see --compress\./],
  [[peer.ws, '--origin', 'a\nb'], /ERR_WS_INVALID_HEADER: .*"Origin" .*Correct --header, --origin/],
  [['help', 'nothing'], /there is no command "nothing"/],
]

/** The name of an option of the library: all of them that are more than one word, and those of TLS. */
const OPTION = /\boption |\btls\.|\b[a-z]+[A-Z]/

describe('an error', () => {
  test.each(FAILURES)('%j exits with %i', async (args, code, message) => {
    const ended = await run(args)
    expect(ended).toMatchObject({ code, stdout: expect.not.stringContaining('Error') })
    expect(ended.stderr.trimEnd()).toMatch(message)
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(ended.stderr).not.toMatch(OPTION)
  })

  test.each(MISTAKES)('%j exits with 2', async (args, message) => {
    const ended = await run(args)
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 2, stdout: '' })
    expect(ended.stderr.trimEnd()).toMatch(message)
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(ended.stderr).not.toMatch(OPTION)
  })

  test.each([[['--ca', '/nowhere.pem']], [['-H', '@/nowhere']]])(
    'of a file %j exits with 1',
    async (args) => {
      expect(await run([peer.ws, ...args])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('cannot read --'),
      })
    },
  )

  test('of a server shows no control characters', async () => {
    const reason = encodeURIComponent('\u001b]0;title\u0007\u202eevil')
    const { stderr, code } = await run([`${peer.ws}/close?code=4000&reason=${reason}`, '-x', 'a'])
    expect(code).toBe(6)
    expect(stderr.trimEnd()).toMatch(/^[ -~]*$/)
    expect(stderr).toContain('\\x1b]0;title\\x07\\u{202e}evil')
  })

  test('has colours only if they are asked for', async () => {
    const [plain, coloured, none] = await Promise.all([
      run([gone.ws]),
      run([gone.ws], { env: { FORCE_COLOR: '1' } }),
      run([gone.ws], { env: { FORCE_COLOR: '0' } }),
    ])
    expect(plain.stderr).not.toContain('\u001b')
    expect(none.stderr).toBe(plain.stderr)
    // Node has colours for it from 20.12 on.
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    expect(coloured.stderr.includes('\u001b[31m')).toBe(major > 20 || minor >= 12)
  })
})

describe('help', () => {
  test('lists commands and flags, and exits with 0', async () => {
    const { code, stdout, stderr } = await run(['--help'])
    expect([code, stderr]).toEqual([0, ''])
    for (const text of ['ping URL', 'record URL FILE', '--header NAME: VALUE', '-k, --insecure'])
      expect(stdout).toContain(text)
    expect(stdout).not.toContain('\u001b')
  })

  test('of a command lists its flags, without its arguments too', async () => {
    const [one, other] = await Promise.all([run(['bench', '--help']), run(['help', 'bench'])])
    expect(one).toEqual(other)
    expect(one.stdout).toContain('--connections N')
    expect(one.stdout).not.toContain('--no-history')
  })

  test('is shown without arguments, which exits with 2', async () => {
    expect(await run([])).toMatchObject({ code: 2, stdout: expect.stringContaining('Usage: ') })
  })

  test('--version prints the version of the package', async () => {
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+/)
  })
})

test('a library that does not load is one line', async () => {
  const running = new Running([peer.ws], { env: { NAPI_RS_NATIVE_LIBRARY_PATH: '/nowhere.node' } })
  const { code, stdout, stderr } = await running.ended
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^websocket-rs: ERR_WS_LOAD: [^\n]*\n$/)
})
