// What a program sees of a connection in operation: errors that name URL and option, hints, and what is printed.

import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { connect as connectAsync } from 'websocket-rs'
import { refusingAddress } from '../support/addresses.js'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const withUser = (url: string) => url.replace('://', '://user:secret@')

describe.each(apis)('$name', ({ connect }) => {
  test('errors of connect have the URL without credentials', async () => {
    const address = `ws://${await refusingAddress()}/path`
    await expect(connect(withUser(address))).rejects.toMatchObject({ code: 'ERR_WS_CONNECT', url: address })
    const url = `${peer.ws}/status/404`
    await expect(connect(withUser(url))).rejects.toMatchObject({ code: 'ERR_WS_UNEXPECTED_STATUS', url })
  })

  test('errors of a connection have its URL without credentials', async () => {
    const url = `${peer.ws}/silent?x=1`
    const ws = await connect(withUser(url))
    await expect(async () => ws.recv({ timeout: 10 })).rejects.toMatchObject({ url })
    await expect(async () => ws.ping('x', { timeout: 10 })).rejects.toMatchObject({ url })
    ws.terminate()
    for (const call of [() => ws.recv(), () => ws.send('x'), () => ws.ping(), () => ws.flush()])
      await expect(async () => call()).rejects.toMatchObject({ code: 'ERR_WS_CLOSED', url })
    expect(JSON.stringify((await ws.closed) ?? {})).not.toContain('secret')
  })

  test('timeouts name the time and the option that set it', async () => {
    const ws = await connect(`${peer.ws}/silent`, { receiveTimeout: 20, pingTimeout: 30 })
    const message = (call: () => unknown) =>
      Promise.resolve()
        .then(call)
        .catch((error: Error) => error.message)
    expect(await message(() => ws.recv())).toBe('no message came within 20 ms (receiveTimeout)')
    expect(await message(() => ws.recv({ timeout: 15 }))).toBe('no message came within 15 ms (timeout)')
    expect(await message(() => ws.recvMany())).toBe('no message came within 20 ms (receiveTimeout)')
    expect(await message(() => ws.ping())).toBe('no pong came within 30 ms (pingTimeout)')
    expect(await message(() => ws.ping('x', { timeout: 10 }))).toBe('no pong came within 10 ms (timeout)')
    ws.terminate()
  })

  test('ping says that its pong may be behind unread messages', async () => {
    const ws = await connect(`${peer.ws}/source?count=100000&size=100&close=0`, {
      receiveQueue: { bytes: 1000 },
    })
    await ws.recv()
    await expect(async () => ws.ping('x', { timeout: 50 })).rejects.toMatchObject({
      code: 'ERR_WS_PING_TIMEOUT',
      message: expect.stringMatching(/the pong may be behind \d+ unread messages/),
    })
    ws.terminate()
  })

  test('console.log shows URL, state and queues, and no insides', async () => {
    const ws = await connect(withUser(`${peer.ws}/echo`), { protocols: ['chat'] }).catch(() =>
      connect(withUser(peer.ws)),
    )
    const name = ws.constructor.name
    const shown = inspect(ws)
    expect(shown).toContain(`${name} {`)
    for (const part of [`url: '${peer.ws}`, "state: 'open'", 'queuedMessages: 0', 'bufferedAmount: 0'])
      expect(shown).toContain(part)
    expect(shown).not.toMatch(/secret|settings|inbox|leases/)
    await ws.close(4000, 'done')
    expect(inspect(ws)).toMatch(/state: 'closed',[^}]*closeCode: 4000,\s+closeReason: 'done'/)
    expect(inspect({ ws }, { depth: 0 })).toContain(`[${name}]`)
  })

  test.each([
    ['handshakeTimeout', 'connectTimeout'],
    ['maxPayload', 'maxMessageSize'],
    ['perMessageDeflate', 'compression'],
    ['compressionLevel', 'compression.level'],
    ['httpAgent', 'agent'],
    ['dispatcher', 'proxy'],
    ['rejectUnauthorized', 'tls.rejectUnauthorized'],
    ['open_timeout', 'connectTimeout'],
    ['subprotocols', 'protocols'],
    ['recieveTimeout', 'receiveTimeout'],
    ['receive_timeout', 'receiveTimeout'],
    ['pinginterval', 'pingInterval'],
    ['Headers', 'headers'],
  ])('option %s: did you mean %s', async (given, meant) => {
    await expect(connect(peer.ws, { [given]: 1 } as never)).rejects.toMatchObject({
      code: 'ERR_WS_UNKNOWN_OPTION',
      message: `option ${given} does not exist; did you mean ${meant}?`,
    })
  })

  test('suggests names of nested options, and nothing for a name that is like none', async () => {
    await expect(connect(peer.wss, { tls: { rejectUnauthorised: false } as never })).rejects.toMatchObject({
      message: 'option tls.rejectUnauthorised does not exist; did you mean tls.rejectUnauthorized?',
    })
    for (const [name, meant] of [
      ['memlevel', 'compression.memLevel'],
      ['serverMaxWindowBit', 'compression.serverMaxWindowBits'],
      ['zlibDeflateOptions', 'compression.level and compression.memLevel'],
    ] as const)
      await expect(connect(peer.ws, { compression: { [name]: 1 } })).rejects.toMatchObject({
        message: `option compression.${name} does not exist; did you mean ${meant}?`,
      })
    for (const name of ['foo', 'constructor', '__proto__x', 'reconnect'])
      await expect(connect(peer.ws, { [name]: 1 } as never)).rejects.toMatchObject({
        message: `option ${name} does not exist`,
      })
  })

  test.each([[['chat']], ['chat']])('says where subprotocols go: %j', async (protocols) => {
    await expect(connect(peer.ws, protocols as never)).rejects.toMatchObject({
      code: 'ERR_WS_INVALID_OPTION',
      message: expect.stringContaining('{ protocols: [...] }'),
    })
    await expect(connectAsync.forever(peer.ws, protocols as never).next()).rejects.toMatchObject({
      message: expect.stringContaining('{ protocols: [...] }'),
    })
  })

  test('says where a timeout goes', async () => {
    const ws = await connect(peer.ws)
    await expect(async () => ws.recv(100 as never)).rejects.toMatchObject({
      code: 'ERR_WS_INVALID_OPTION',
      message: expect.stringContaining('{ timeout: 100 }'),
    })
    ws.terminate()
  })

  test('header values and options may be undefined', async () => {
    const ws = await connect(`${peer.ws}/headers`, {
      headers: { 'x-none': undefined, 'x-some': '1' },
      protocols: undefined,
      receiveTimeout: undefined,
      tls: { ca: undefined },
      idleTimeout: undefined,
    })
    const request = String(await ws.recv({ timeout: undefined, signal: undefined }))
    expect(request).toContain('x-some')
    expect(request).not.toContain('x-none')
    ws.terminate()
  })

  test('stats tells when it was opened and when data last came and went', async () => {
    const before = Date.now()
    const ws = await connect(peer.ws)
    const opened = ws.stats()
    expect(opened.openedAt).toBeGreaterThanOrEqual(before - 20)
    expect(opened.openedAt).toBeLessThanOrEqual(Date.now() + 20)
    expect([opened.lastReceivedAt, opened.lastSentAt]).toEqual([undefined, undefined])
    await ws.send('x')
    await ws.recv()
    const { lastReceivedAt = 0, lastSentAt = 0 } = ws.stats()
    for (const at of [lastReceivedAt, lastSentAt]) {
      expect(at).toBeGreaterThanOrEqual(before - 20)
      expect(at).toBeLessThanOrEqual(Date.now() + 20)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
    await ws.send('y')
    await ws.recv()
    expect(ws.stats().lastSentAt).toBeGreaterThanOrEqual(lastSentAt + 80)
    expect(ws.stats().lastReceivedAt).toBeGreaterThanOrEqual(lastReceivedAt + 80)
    ws.terminate()
    expect(ws.stats().lastSentAt).toBeGreaterThan(0)
  })
})

test('a timeout of the promise API has no URL if there is no connection', async () => {
  const error = await connectAsync('ws://127.0.0.1:1', { connectTimeout: 'x' as never }).catch(
    (reason) => reason,
  )
  expect(error).not.toHaveProperty('url')
})
