// Failures of connect(): the class, code, phase and cause of each error.

import { describe, expect, test } from 'vitest'
import {
  ConnectError,
  connect as connectAsync,
  HandshakeError,
  TimeoutError,
  WebSocketError,
} from 'websocket-rs'
import { refusingAddress, silentAddress } from '../support/addresses.js'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

/** Returns the error that a promise rejects with. Throws if the promise resolves. */
async function errorOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    return error as Error
  }
  throw new Error('the promise was not rejected')
}

describe.each(apis)('$name connect fails', ({ connect }) => {
  test.each(['', 'localhost', '/path', 'ws://', 'ws://a b', 'ws://h:99999', 'ws://h:port', 'ws://[::1'])(
    'with a TypeError for the malformed URL %j',
    async (url) => {
      await expect(connect(url)).rejects.toMatchObject({ name: 'TypeError', code: 'ERR_WS_INVALID_URL' })
    },
  )

  test.each(['ftp://h', 'file:///h', 'mailto:a@b', 'ws://h/#fragment', 'ws://h/#', new URL('wss://h/#f')])(
    'with a TypeError for %s, which is not a WebSocket URL',
    async (url) => {
      await expect(connect(url)).rejects.toMatchObject({ name: 'TypeError', code: 'ERR_WS_INVALID_URL' })
    },
  )

  test('with a TypeError for invalid, unknown and unsupported options', async () => {
    const options = (given: object) => connect(peer.ws, given)
    const code = (name: string) => ({ name: 'TypeError', code: name })
    await expect(options({ pingInterval: -1 })).rejects.toMatchObject(code('ERR_WS_INVALID_OPTION'))
    await expect(options({ timeout: 1 })).rejects.toMatchObject(code('ERR_WS_UNKNOWN_OPTION'))
    await expect(options({ driver: 'loop' })).rejects.toMatchObject(code('ERR_WS_INVALID_OPTION'))
    await expect(options({ agent: {} })).rejects.toMatchObject(code('ERR_WS_INVALID_OPTION'))
    await expect(options({ tls: { requestOCSP: true } })).rejects.toMatchObject(
      code('ERR_WS_UNSUPPORTED_OPTION'),
    )
    await expect(options({ compression: 'deflate' })).rejects.toMatchObject(code('ERR_WS_INVALID_OPTION'))
    await expect(options({ localAddress: 'here' })).rejects.toMatchObject(code('ERR_WS_INVALID_OPTION'))
    await expect(options({ tls: null })).rejects.toMatchObject(code('ERR_WS_INVALID_OPTION'))
    await expect(options({ tls: [] })).rejects.toMatchObject(code('ERR_WS_INVALID_OPTION'))
    await expect(options({ tls: { ca: 'no PEM' } })).rejects.toMatchObject(code('ERR_WS_INVALID_OPTION'))
  })

  test('with EINVAL if the host has no address of the family of localAddress', async () => {
    const url = peer.ws.replace('127.0.0.1', 'localhost')
    const ws = await connect(url, { localAddress: '127.0.0.1' })
    expect(ws.remoteAddress.family).toBe('IPv4')
    ws.terminate()
    await expect(connect(peer.ws, { localAddress: '::1' })).rejects.toMatchObject({
      code: 'ERR_WS_CONNECT',
      message: expect.stringContaining('localAddress'),
      cause: { code: 'EINVAL' },
    })
  })

  test('with the cause from the address that was tried, not from one of another family', async () => {
    const [, port] = (await refusingAddress()).split(':')
    const failing = connect(`ws://localhost:${port}`, { localAddress: '127.0.0.1' })
    await expect(failing).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  })

  test('with the error status, even if it arrives shortly before the timeout', async () => {
    const text = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\npart of it'
    const { url } = peer.script([{ sleep: 1500 }, { text }, { readToEnd: true }])
    const error = await errorOf(connect(url, { connectTimeout: 3000 }))
    expect(error).toMatchObject({ code: 'ERR_WS_UNEXPECTED_STATUS', status: 403 })
    expect(String((error as HandshakeError).body)).toBe('part of it')
  })

  test('with the error status of a response whose lines end with LF', async () => {
    const { url } = peer.script([
      { text: 'HTTP/1.1 403 Forbidden\nContent-Length: 2\n\nno' },
      { readToEnd: true },
    ])
    const error = await errorOf(connect(url))
    expect(error).toMatchObject({ status: 403, body: Buffer.from('no') })
  })

  test('with ECONNREFUSED if no server listens', async () => {
    const error = await errorOf(connect(`ws://${await refusingAddress()}`))
    expect(error).toBeInstanceOf(ConnectError)
    expect(error).toBeInstanceOf(WebSocketError)
    expect(error).toMatchObject({
      name: 'ConnectError',
      code: 'ERR_WS_CONNECT',
      phase: 'dial',
      cause: { code: 'ECONNREFUSED' },
    })
    expect(error.cause).toBeInstanceOf(Error)
  })

  test('with ERR_WS_RESOLVE if the name has no address', async () => {
    await expect(connect('ws://no-such-name.invalid')).rejects.toMatchObject({
      name: 'ConnectError',
      code: 'ERR_WS_RESOLVE',
      phase: 'resolve',
      message: expect.stringContaining('no-such-name.invalid'),
      cause: { code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) },
    })
  })

  test('with ERR_WS_HANDSHAKE_LOST if the server ends the connection', async () => {
    const { url } = peer.script([{ reset: true }])
    await expect(connect(url)).rejects.toMatchObject({
      name: 'ConnectError',
      code: 'ERR_WS_HANDSHAKE_LOST',
      phase: 'upgrade',
      cause: { code: 'ECONNRESET' },
    })
  })

  test('with ERR_WS_CONNECT_TIMEOUT if connectTimeout expires during the upgrade', async () => {
    const error = await errorOf(connect(`${peer.ws}/hang`, { connectTimeout: 100 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'ERR_WS_CONNECT_TIMEOUT', phase: 'upgrade' })
  })

  test('with ERR_WS_CONNECT_TIMEOUT if connectTimeout expires during the TLS handshake', async () => {
    await expect(connect(`wss://${await silentAddress()}`, { connectTimeout: 200 })).rejects.toMatchObject({
      code: 'ERR_WS_CONNECT_TIMEOUT',
      phase: 'tls',
    })
  })

  test('with an AbortError, without connecting, if the signal is already aborted', async () => {
    const reason = new Error('changed my mind')
    const options = { signal: AbortSignal.abort(reason) }
    await expect(connect(`ws://${await refusingAddress()}`, options)).rejects.toMatchObject({
      name: 'AbortError',
      code: 'ABORT_ERR',
      cause: reason,
    })
  })

  test.each([401, 404, 426, 500, 302, 200])(
    'with status, headers and body of a response with status %i',
    async (status) => {
      const error = await errorOf(connect(`${peer.ws}/status/${status}?body=why`))
      expect(error).toBeInstanceOf(HandshakeError)
      expect(error).toMatchObject({
        name: 'HandshakeError',
        code: 'ERR_WS_UNEXPECTED_STATUS',
        phase: 'upgrade',
        status,
        headers: { 'x-peer': 'yes', 'content-length': '3' },
        body: Buffer.from('why'),
        message: expect.stringContaining(`${status}`),
      })
    },
  )

  test('with the decoded body of a chunked response', async () => {
    const { body } = (await errorOf(connect(`${peer.ws}/status/503?chunked=1&body=busy`))) as HandshakeError
    expect(body.toString()).toBe('busy')
    const large = await errorOf(connect(`${peer.ws}/status/503?chunked=1&huge=50000`))
    expect((large as HandshakeError).body.equals(Buffer.alloc(50_000, 'x'))).toBe(true)
  })

  test('with the first 64 KiB of a huge body', async () => {
    const { body } = (await errorOf(connect(`${peer.ws}/status/500?huge=10000000`))) as HandshakeError
    expect(body.equals(Buffer.alloc(64 * 1024, 'x'))).toBe(true)
  })

  test('with the decoded beginning of a huge chunked body', async () => {
    const error = await errorOf(connect(`${peer.ws}/status/500?huge=10000000&chunked=1`))
    const { length } = (error as HandshakeError).body
    expect(length).toBeGreaterThan(60 * 1024)
    expect(length).toBeLessThanOrEqual(64 * 1024)
    expect((error as HandshakeError).body.equals(Buffer.alloc(length, 'x'))).toBe(true)
  })

  test.each([
    ['ERR_WS_INVALID_RESPONSE', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['ERR_WS_INVALID_RESPONSE', 'HTTP/1.1 101 x\r\nSec-WebSocket-Accept: {accept}\r\n\r\n'],
    [
      'ERR_WS_INVALID_ACCEPT',
      'HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n',
    ],
    [
      'ERR_WS_INVALID_EXTENSION',
      'HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Extensions: x\r\n\r\n',
    ],
  ])('with %s for an invalid upgrade response', async (code, text) => {
    const { url } = peer.script([{ text }, { readToEnd: true }])
    const error = await errorOf(connect(url))
    expect(error).toBeInstanceOf(HandshakeError)
    expect(error).toMatchObject({ name: 'HandshakeError', code, phase: 'upgrade' })
  })

  test('with ERR_WS_INVALID_SUBPROTOCOL if the server selects one that was not offered, or none', async () => {
    const expected = { name: 'HandshakeError', code: 'ERR_WS_INVALID_SUBPROTOCOL' }
    await expect(connect(`${peer.ws}/echo?protocol=other`)).rejects.toMatchObject(expected)
    await expect(connect(peer.ws, { protocols: 'mqtt' })).rejects.toMatchObject(expected)
  })
})

describe('the promise API', () => {
  test('aborts a connection attempt and ends its TCP connection when the signal fires', async () => {
    const controller = new AbortController()
    const script = peer.script([{ readToEnd: true }])
    const connecting = connectAsync(script.url, { signal: controller.signal })
    setTimeout(() => controller.abort('enough'), 50)
    await expect(connecting).rejects.toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' })
    expect((await script.transcript()).ended).toMatch(/^(eof|reset)$/)
  })

  test('ends the connection attempt if the signal throws on addEventListener', async () => {
    const addEventListener = () => {
      throw new Error('no listeners')
    }
    const signal = { aborted: false, addEventListener, removeEventListener() {} } as unknown as AbortSignal
    const script = peer.script([{ accept: true }, { readToEnd: true }])
    await expect(connectAsync(script.url, { signal })).rejects.toThrow('no listeners')
    // The connection may have reached the peer before it was ended.
    const ended = script.transcript().then((transcript) => transcript.ended, String)
    expect(await ended).toMatch(/eof|reset|no transcript/)
  })

  test('rejects instead of throwing on invalid arguments', async () => {
    const promise = connectAsync('nonsense')
    await expect(promise).rejects.toThrow(TypeError)
    await expect(connectAsync(peer.ws, 5 as never)).rejects.toThrow(TypeError)
  })
})
