// What connections say to whoever listens.

import { spawnSync } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type CloseEvent, connect } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const NAMES = ['connect', 'open', 'error', 'close']

/** Everything that is published until the test is over. */
function listen(): [name: string, message: unknown][] {
  const heard: [string, unknown][] = []
  for (const name of NAMES) {
    const listener = (message: unknown) => heard.push([name, message])
    const each = channel(`websocket-rs:${name}`)
    each.subscribe(listener)
    onTestFinished(() => {
      each.unsubscribe(listener)
    })
  }
  return heard
}

describe.each(apis)('$name', ({ connect, isBlocking }) => {
  test('tells of a connection from its beginning to its end', async () => {
    const heard = listen()
    const url = `${peer.ws}/echo`
    const connection = await connect(url.replace('//', '//user:password@'))
    await connection.send('x')
    await connection.recv()
    await connection.close(4000, 'done')
    const context = { url, blocking: isBlocking, result: connection }
    const stats = { messagesSent: 1, messagesReceived: 1, bytesReceived: connection.stats().bytesReceived }
    expect(heard).toEqual([
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

  test('tells why no connection came about', async () => {
    const heard = listen()
    const url = `${peer.ws}/status/503`
    const error = await connect(url).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({ code: 'ERR_WS_UNEXPECTED_STATUS' })
    expect(heard).toEqual([
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
  ])('tells of %s without its credentials', async (url, shown) => {
    const heard = listen()
    await expect(connect(url)).rejects.toThrow()
    expect(heard.map(([, message]) => (message as { url: string }).url)).toEqual([shown, shown])
    expect(JSON.stringify(heard)).not.toContain('sec')
  })

  test('tells once of a connection that is terminated or lost', async () => {
    const heard = listen()
    const terminated = await connect(peer.ws)
    terminated.terminate()
    terminated.terminate()
    const lost = await connect(peer.script([{ accept: true }, { readFrame: true }, { reset: true }]).url)
    await lost.send('x')
    await expect(async () => lost.recv()).rejects.toMatchObject({ closeCode: 1006 })
    await lost.close()
    const closes = heard.filter(([name]) => name === 'close').map(([, message]) => message as CloseEvent)
    // Not compared as wholes: a blocking connection is iterable, and would be iterated.
    expect(closes.map(({ connection }) => connection === terminated)).toEqual([true, false])
    expect(closes.map(({ connection }) => connection === lost)).toEqual([false, true])
    expect(closes.map(({ closeCode, wasClean }) => [closeCode, wasClean])).toEqual([
      [1006, false],
      [1006, false],
    ])
  })
})

test('a signal that fires while a connect is told of ends it', async () => {
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

test('NODE_DEBUG=websocket-rs logs the same, without credentials', () => {
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
