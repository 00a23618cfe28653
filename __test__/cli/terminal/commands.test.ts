// The other commands in a real terminal.

import { describe, expect, test } from 'vitest'
import { peer } from '../../support/peer.js'
import { command, Terminal } from './terminal.js'

describe.skipIf(process.platform !== 'linux')('in a terminal', () => {
  test('pipe mode shows messages as the client does, without control characters', async () => {
    const terminal = new Terminal(
      `printf '\\033[2J\\033]0;taken over\\a{"a":1}\\n[1,2]\\n' | ${command(peer.ws, '-n', '2')}`,
    )
    await terminal.shows(/^← \\x1b\[2J\\x1b\]0;taken over\\x07\{"a":1\}\n← \[1, 2\]\nexit 0$/m)
    expect(terminal.title).not.toContain('taken over')
  })

  test('-x sends one message and ends', async () => {
    await new Terminal(command(peer.ws, '-x', 'hello', '-n', '1')).shows(/^← hello\nexit 0$/m)
  })

  test('bench draws its progress in one line, and erases it', async () => {
    const terminal = new Terminal(command('bench', peer.ws, '-d', '3s', '-c', '2', '--window', '4'))
    const running = await terminal.shows(/^█+░+ [\d.]+ s {2}[\d ]+ messages\/s, p99 [\d.]+ ms$/m)
    expect(running.split('\n')).toHaveLength(1)
    const done = await terminal.shows(/exit 0$/)
    expect(done).not.toContain('░')
    expect(done).toMatch(/^ws:.*: 2 connections, window 4, text of 64 B\n/)
    // The terminal breaks the line of percentiles if the times are long.
    expect(done).toMatch(/p99\.9 [^█]*\n( {2}< .* █+ +[\d ]+\n)+exit 0$/)
  })

  test('bench ends with Ctrl-C, and shows what was measured', async () => {
    const terminal = new Terminal(command('bench', peer.ws, '-d', 'forever'))
    await terminal.shows(/messages\/s/)
    terminal.press('C-c')
    await terminal.shows(/latency: min [\s\S]*exit 130$/)
  })

  test('ping ends with Ctrl-C, and shows its summary', async () => {
    const terminal = new Terminal(command('ping', peer.ws, '-i', '100ms'))
    await terminal.shows(/seq=3/)
    terminal.press('C-c')
    await terminal.shows(/^\d+ pings, \d+ pongs, 0% lost\nmin \/ avg \/ max \/ deviation: .*\nexit 0$/m)
  })

  test('record says how it ends, and does so', async () => {
    const terminal = new Terminal(
      `cd "$XDG_STATE_HOME" && ${command('record', `${peer.ws}/source?count=2&size=4&kind=text`, 'file.jsonl')}`,
    )
    await terminal.shows(/^websocket-rs: recording to file\.jsonl; Ctrl-C ends$/m)
    await terminal.shows(/^websocket-rs: 4 events recorded in file\.jsonl\nexit 0$/m)
  })
})
