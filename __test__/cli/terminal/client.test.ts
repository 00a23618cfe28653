// The interactive client in a real terminal, used as a person does. Needs tmux, which `make test` installs.

import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { peer } from '../../support/peer.js'
import { command, Terminal, type TerminalOptions } from './terminal.js'

const LATENCY = String.raw`[\d.]+ ms`
/** The prompt in the last line. */
const PROMPT = new RegExp(`^${LATENCY} >$`, 'm')

/** Starts a client and waits for its prompt. */
async function open(args: string[], options?: TerminalOptions): Promise<Terminal> {
  const terminal = new Terminal(command(...args), options)
  await terminal.shows(PROMPT)
  return terminal
}

describe.skipIf(process.platform !== 'linux')('the interactive client', () => {
  test('connects, sends lines, shows replies and the latency, and quits with Ctrl-D', async () => {
    const terminal = await open([peer.ws])
    expect(terminal.screen).toMatch(
      /^· connecting to ws:.*\n· connected in .* \/help lists commands, Ctrl-D quits\n/,
    )
    terminal.enter('hello')
    await terminal.shows(new RegExp(`^${LATENCY} > hello\n← hello\n${LATENCY} >$`, 'm'))
    terminal.press('C-d')
    await terminal.shows(/^· closed with 1000\nexit 0$/m)
  })

  test('shows JSON indented and binary as hexadecimal digits', async () => {
    const terminal = await open([peer.ws], { columns: 60 })
    terminal.enter('{"price":12345678901234567890,"symbols":["BTC","ETH"],"note":"a longer text"}')
    await terminal.shows(
      /^← \{\n {4}"price": 12345678901234567890,\n {4}"symbols": \["BTC", "ETH"\],\n {4}"note": "a longer text"\n {2}\}$/m,
    )
    terminal.enter('/binary 00 ff 68 69')
    await terminal.shows(/^← binary, 4 B\n {2}00000000 {2}00 ff 68 69 {14}\|\.\.hi\|$/m)
  })

  test('prints what arrives above the line that is typed', async () => {
    const terminal = await open([`${peer.ws}/slow?delay=1500`], { columns: 50 })
    terminal.enter('first')
    terminal.type('a line that is so long that it needs more than one row, 漢字 too')
    const screen = await terminal.shows(/← first/)
    expect(screen).toMatch(/> first\n← first\n[\d.]+ ms > a line that is so long/)
    terminal.press('Left', 'Left', 'Left', 'Left')
    terminal.type('!')
    terminal.press('Enter')
    await terminal.shows(/^← a line that is so long .*row,? ?\n?.*漢字! too$/ms)
  })

  test('sends a paste of several lines as one message, when Enter is pressed', async () => {
    const terminal = await open([peer.ws])
    terminal.paste('one\ntwo\n\tthree')
    await terminal.shows(/> one␊two␊␉three$/m)
    expect(terminal.screen).not.toContain('←')
    terminal.press('M-Enter')
    terminal.enter('four')
    await terminal.shows(/^← one\n {2}two\n\s+three\n {2}four$/m)
  })

  test('shows control characters of the server as escapes', async () => {
    const terminal = await open([peer.ws])
    terminal.paste('\u001b]0;taken over\u0007\u001b[31mred\u001b[2J')
    terminal.press('Enter')
    await terminal.shows(/^← \\x1b\]0;taken over\\x07\\x1b\[31mred\\x1b\[2J$/m)
    expect(terminal.title).not.toContain('taken over')
    const line = terminal.colours.split('\n').find((each) => each.includes('taken over\\x07'))
    expect(line).not.toContain('\u001b[31m')
  })

  test('shows pings, and the code and reason of a close, which are the exit code too', async () => {
    const reason = encodeURIComponent('not\u001b[2J allowed')
    const pinged = await open([`${peer.ws}/ping?count=1&payload=are-you-there`])
    await pinged.shows(/^← ping "are-you-there"$/m)
    const closed = new Terminal(command(`${peer.ws}/close?after=1&code=4003&reason=${reason}`))
    await closed.shows(PROMPT)
    closed.enter('x')
    const screen = await closed.shows(/exit \d/)
    expect(screen).toContain('· closed with 4003: not\\x1b[2J allowed')
    expect(screen).toMatch(/the server closed with 4003: not\\x1b\[2J allowed\nexit 6$/)
  })

  test('runs commands, completes them, and suggests the one that was meant', async () => {
    const terminal = await open([peer.ws])
    terminal.type('/pi')
    terminal.press('Tab', 'Enter')
    await terminal.shows(/^· pong in [\d.]+ ms$/m)
    terminal.enter('/ping are-you-there')
    await terminal.shows(/^← pong "are-you-there" in [\d.]+ ms$/m)
    terminal.enter('/pnig')
    await terminal.shows(/there is no command \/pnig; did you mean \/ping\?/)
    terminal.enter('/help')
    await terminal.shows(/^ {2}\/close \[CODE \[REASON\]\] +closes the connection and quits$/m)
    terminal.enter('/info')
    await terminal.shows(/^· sent 0 messages, .*; received 0 messages/m)
    terminal.enter('//slash')
    await terminal.shows(/^← \/slash$/m)
    terminal.enter('/close soon')
    await terminal.shows(/\/close takes a close code/)
    terminal.enter('/file')
    await terminal.shows(/\/file takes the path of a file/)
    terminal.enter('/close 99')
    await terminal.shows(/close code 99 may not be sent/)
    terminal.enter('/close 4001 done here')
    await terminal.shows(/^· closed with 4001: done here\nexit 0$/m)
  })

  test('sends and saves files', async () => {
    const terminal = await open([peer.ws])
    const [from, to] = [join(terminal.state, 'from'), join(terminal.state, 'to')]
    const content = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 256))
    writeFileSync(from, content)
    terminal.enter(`/save ${to}`)
    await terminal.shows(/nothing was received yet/)
    terminal.enter(`/file ${from}`)
    // Cut on the screen, whole in the file.
    await terminal.shows(/^ {2}… 97\.7 KiB in all$/m)
    terminal.enter(`/save ${to}`)
    await terminal.shows(/^· saved in/m)
    expect(readFileSync(to).equals(content)).toBe(true)
    terminal.enter('/file /nowhere')
    await terminal.shows(/ENOENT/)
  })

  test('keeps a history across sessions that only its owner can read', async () => {
    const terminal = await open([peer.ws])
    terminal.enter('remembered')
    await terminal.shows(/← remembered/)
    terminal.enter(' forgotten')
    await terminal.shows(/← +forgotten/)
    const file = join(terminal.state, 'websocket-rs/history')
    expect(readFileSync(file, 'utf8')).toBe('remembered\n')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const later = await open([peer.ws], { env: { XDG_STATE_HOME: terminal.state } })
    later.press('Up')
    await later.shows(/> remembered$/m)
    const without = await open([peer.ws, '--no-history'], { env: { XDG_STATE_HOME: terminal.state } })
    without.enter('not kept')
    await without.shows(/← not kept/)
    without.press('Up')
    await without.shows(/> not kept$/m)
    without.press('Up')
    without.type('!')
    await without.shows(/> !$/m)
    expect(readFileSync(file, 'utf8')).toBe('remembered\n')
  })

  test('closes with Ctrl-C, and ends at once with another', async () => {
    const terminal = await open([peer.ws])
    terminal.type('a line that is not sent')
    terminal.press('C-c')
    await terminal.shows(/^· closing; Ctrl-C again ends at once\n· closed with 1000\nexit 0$/m)
    expect(terminal.screen).not.toContain('←')
    const deaf = new Terminal(command(`${peer.ws}/deaf`))
    await deaf.shows(/connected in/)
    deaf.press('C-c')
    await deaf.shows(/closing; Ctrl-C again ends at once/)
    deaf.press('C-c')
    await deaf.shows(/^· the connection is lost\nexit 0$/m)
  })

  test('closes with Ctrl-C while the server floods it', async () => {
    const terminal = new Terminal(command(`${peer.ws}/source?count=1000000&size=20&kind=text`))
    await terminal.shows(/← /)
    terminal.press('C-c')
    await terminal.shows(/^· closed with 1000\nexit 0$/m)
  })

  test('goes on after Ctrl-Z and fg', async () => {
    const terminal = new Terminal(`exec bash --norc --noprofile -i`)
    terminal.enter(`PS1='$ '; clear; ${command(peer.ws)}`)
    await terminal.shows(PROMPT)
    terminal.type('before, ')
    await terminal.shows(/> before,$/m)
    terminal.press('C-z')
    await terminal.shows(/Stopped[^$]*\$$/)
    terminal.enter('fg')
    await terminal.shows(/ms > before,$/m)
    terminal.paste('after\nmore')
    terminal.press('Enter')
    await terminal.shows(/^← before, after\n {2}more$/m)
  })

  test('gives the terminal back as it was', async () => {
    const terminal = new Terminal(`${command(peer.ws)}; stty -a | grep -o -E -- '-?(icanon|echo|isig)\\b'`)
    await terminal.shows(PROMPT)
    terminal.press('C-d')
    await terminal.shows(/^isig\nicanon\necho\nexit 0$/m)
    // Without brackets, a paste is two lines, of which `cat` repeats each.
    terminal.paste('a\nb\n')
    await terminal.shows(/a\n.*b\n.*b/s)
    expect(terminal.screen).not.toContain('200~')
  })

  test('closes the connection when the terminal is closed', async () => {
    const script = peer.script([{ accept: true }, { readUntilClose: true }])
    const terminal = new Terminal(command(script.url))
    await terminal.shows(/connected in/)
    terminal.hangUp()
    const { frames } = await script.transcript()
    expect(frames.map(({ opcode }) => opcode)).toContain(8)
  })

  test('keeps the line when the terminal is resized', async () => {
    const terminal = await open([peer.ws], { columns: 90 })
    terminal.type('words that fit in a wide terminal, and not in a narrow one: the end')
    await terminal.shows(/the end$/)
    terminal.resize(40)
    await terminal.shows(/> words that fit in a wide/)
    terminal.type('!')
    await terminal.shows(/the end!/)
    expect(terminal.screen.match(/words that fit/g)).toHaveLength(1)
    terminal.press('Enter')
    await terminal.shows(/^← words that fit/m)
  })

  test('connects again with --reconnect, and says so', async () => {
    const terminal = await open([`${peer.ws}/close?after=1&code=1012`, '--reconnect'])
    terminal.enter('one')
    await terminal.shows(/← one\n· closed with 1012\n· connecting again in .* \(attempt 1\)\n· connected/)
    terminal.enter('two')
    await terminal.shows(/← two/)
    terminal.press('C-c')
    await terminal.shows(/exit 0/)
  })

  test('is in colours, and is not if NO_COLOR is set', async () => {
    const [coloured, plain] = await Promise.all([
      open([peer.ws]),
      open([peer.ws], { env: { NO_COLOR: '1' } }),
    ])
    for (const terminal of [coloured, plain]) {
      terminal.enter('{"a":1}')
      await terminal.shows(/← \{"a": 1\}/)
    }
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    expect(coloured.colours.includes('\u001b[3')).toBe(major > 20 || minor >= 12)
    expect(plain.colours).not.toContain('\u001b[')
  })

  test('an error is one line, and leaves no prompt', async () => {
    const terminal = new Terminal(command('ws://127.0.0.1:1'))
    const screen = await terminal.shows(/exit 3/)
    expect(screen.replace(/\n(?!·|websocket-rs:|exit)/g, '')).toMatch(
      /^· connecting to ws:\/\/127.0.0.1:1\/\nwebsocket-rs: ERR_WS_CONNECT: .*\nexit 3$/,
    )
  })
})
