// The diagnostics channels and the debug log.

import { spawnSync } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type CloseEvent, connect } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const NAMES = ['connect', 'open', 'error', 'close']

/** Records the messages of all channels until the test has finished. */
function recordMessages(): [name: string, message: unknown][] {
  const recorded: [string, unknown][] = []
  for (const name of NAMES) {
    const listener = (message: unknown) => recorded.push([name, message])
    const each = channel(`websocket-rs:${name}`)
    each.subscribe(listener)
    onTestFinished(() => {
      each.unsubscribe(listener)
    })
  }
  return recorded
}

describe.each(apis)('$name', ({ connect, isBlocking }) => {
  test('publishes the begin, the opening and the end of a connection', async () => {
    const recorded = recordMessages()
    const url = `${peer.ws}/echo`
    const connection = await connect(url.replace('//', '//user:password@'))
    await connection.send('x')
    await connection.recv()
    await connection.close(4000, 'done')
    const context = { url, blocking: isBlocking, result: connection }
    const stats = { messagesSent: 1, messagesReceived: 1, bytesReceived: connection.stats().bytesReceived }
    expect(recorded).toEqual([
      ['connect', { url, blocking: isBlocking, context }],
      ['open', { url, connection, duration: expect.any(Number), context }],
      [
        'close',
        {
          url,
          context,
          connection,
          closeCode: 4000,
          closeReason: 'done',
          wasClean: true,
          stats: expect.objectContaining(stats),
        },
      ],
    ])
  })

  test('publishes the error of a failed connect()', async () => {
    const recorded = recordMessages()
    const url = `${peer.ws}/status/503`
    const error = await connect(url).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({ code: 'ERR_WS_UNEXPECTED_STATUS' })
    expect(recorded).toEqual([
      ['connect', { url, blocking: isBlocking, context: { url, blocking: isBlocking, error } }],
      ['error', { url, error, context: { url, blocking: isBlocking, error } }],
    ])
  })

  test.each([
    ['ws://user:secret@[fe80::1%25lo]:1/a@b', 'ws://[fe80::1%25lo]:1/a@b'],
    ['ws://u:a%25secret]@[::1]:1/', 'ws://[::1]:1/'],
    ['ws://[a%25secret]:p@[::1]:1/', 'ws://[::1]:1/'],
    ['ws://[::1]:1/?q=%25a]', 'ws://[::1]:1/?q=%25a]'],
    ['ws://user:secret@127.0.0.1:1x/', 'ws://127.0.0.1:1x/'],
    ['ws://user:sec/ret@h:1x/', 'ws://h:1x/'],
    ['user:secret@host', 'host'],
  ])('publishes %s without its credentials', async (url, shown) => {
    const recorded = recordMessages()
    await expect(connect(url)).rejects.toThrow()
    expect(recorded.map(([, message]) => (message as { url: string }).url)).toEqual([shown, shown])
    expect(JSON.stringify(recorded)).not.toContain('sec')
  })

  test('publishes the end of a terminated or lost connection once', async () => {
    const recorded = recordMessages()
    const terminated = await connect(peer.ws)
    terminated.terminate()
    terminated.terminate()
    const lost = await connect(peer.script([{ accept: true }, { readFrame: true }, { reset: true }]).url)
    await lost.send('x')
    await expect(async () => lost.recv()).rejects.toMatchObject({ closeCode: 1006 })
    await lost.close()
    const closes = recorded.filter(([name]) => name === 'close').map(([, message]) => message as CloseEvent)
    // Compared by identity: `toEqual` would iterate over a blocking connection, which is iterable.
    expect(closes.map(({ connection }) => connection === terminated)).toEqual([true, false])
    expect(closes.map(({ connection }) => connection === lost)).toEqual([false, true])
    expect(closes.map(({ closeCode, wasClean }) => [closeCode, wasClean])).toEqual([
      [1006, false],
      [1006, false],
    ])
  })
})

test('aborts connect() if a subscriber of websocket-rs:connect aborts its signal', async () => {
  const controller = new AbortController()
  const each = channel('websocket-rs:connect')
  const listener = () => controller.abort('enough')
  each.subscribe(listener)
  onTestFinished(() => {
    each.unsubscribe(listener)
  })
  const failing = connect(`${peer.ws}/hang`, { signal: controller.signal, connectTimeout: 5000 })
  await expect(failing).rejects.toMatchObject({ code: 'ABORT_ERR', cause: 'enough' })
})

test('logs the same events without credentials if NODE_DEBUG is websocket-rs', () => {
  const program = fileURLToPath(new URL('programs/debug.mjs', import.meta.url))
  const env = { ...process.env, NODE_DEBUG: 'websocket-rs' }
  const { stderr, status } = spawnSync(process.execPath, [program, peer.ws], { env, encoding: 'utf8' })
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => line.replace(/^WEBSOCKET-RS \d+: /, ''))
  expect(status).toBe(0)
  const opened = expect.stringMatching(/^open ws:.* after \d+ ms$/)
  // An error is logged with its stack.
  expect(lines.slice(0, 8)).toEqual([
    `connect ${peer.ws}/`,
    opened,
    `closed ${peer.ws}/, code 4000: done`,
    `connect ${peer.ws}/`,
    opened,
    `closed ${peer.ws}/, code 1000`,
    `connect ${peer.ws}/status/404`,
    expect.stringMatching(/^no connection to ws:.*\/status\/404: .*unexpected server response: 404/),
  ])
  expect(stderr).not.toContain('password')
})
