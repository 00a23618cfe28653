// Servers and proxies that do not speak HTTP: rejected on their first bytes, which the error message quotes, whether
// they keep the connection open or end it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import type { ConnectOptions } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { startPeer } from '../support/peer.js'
import { hex } from './bytes.js'

const PROGRAM = fileURLToPath(new URL('../support/programs/fixed-response.mjs', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-responses-'))
const certificates = await startPeer(['--certificates', folder])
const ca = readFileSync(join(folder, 'authority.pem'), 'utf8')
const cleanUp: (() => void)[] = [() => rmSync(folder, { recursive: true }), certificates.stop]

afterAll(() => {
  for (const step of cleanUp.reverse()) step()
})

/** The bytes of a response, and how the error message quotes them. */
const RESPONSES: [name: string, bytes: string, quote: string][] = [
  ['an SSH greeting', hex('SSH-2.0-OpenSSH_9.6\r\n'), '"SSH-2.0-OpenSSH_9.6\\r\\n"'],
  ['a single byte', hex('x'), '"x"'],
  ['a body without a head', hex('<html>'), '"<html>"'],
  ['HTTP/2 101', hex('HTTP/2 101 \r\n'), '"HTTP/2 101 \\r\\n"'],
  ['another HTTP version', hex('HTTP/1.2 101 '), '"HTTP/1.2 101 "'],
  ['a status that is not a number', hex('HTTP/1.1 OK'), '"HTTP/1.1 OK"'],
  ['an HTTP/2 SETTINGS frame', '000012040000000000000300000064', 'looks like HTTP/2'],
  ['a TLS alert', '15030100020246', '"\\x15\\x03\\x01\\x00\\x02\\x02F", which looks like TLS'],
  ['more bytes than the error message quotes', hex('y'.repeat(500)), `"${'y'.repeat(64)}"…`],
]

async function start(responses: object[], ...tls: string[]): Promise<number[]> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(responses), ...tls], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  cleanUp.push(() => child.kill())
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return JSON.parse(line.toString())
}

const held = RESPONSES.map(([, bytes]) => ({ hex: bytes }))
const plain = await start(held)
const secure = await start(held, join(folder, 'server.pem'), join(folder, 'server.key'))
/** Responses after which the connection ends: a greeting, a partial head, nothing. */
const BROKEN = ['SSH-2.0-x\r\n', 'HTTP/1.1 101 Swi', ''].map((text) => ({ hex: hex(text), end: true }))
const broken = await start(BROKEN)
const brokenTls = await start(BROKEN, join(folder, 'server.pem'), join(folder, 'server.key'))

const SERVER = { name: 'HandshakeError', code: 'ERR_WS_INVALID_RESPONSE', phase: 'upgrade', status: 0 }
const PROXY = { name: 'ProxyError', code: 'ERR_WS_PROXY', phase: 'proxy', status: 0 }

/** The kinds of responders: how to connect to a port, and the expected error. */
const PEERS: {
  name: string
  ports: number[]
  target: (port: number) => [url: string, options: ConnectOptions]
  error: object
}[] = [
  { name: 'a server', ports: plain, target: (port) => [`ws://127.0.0.1:${port}`, {}], error: SERVER },
  {
    name: 'a server over TLS',
    ports: secure,
    target: (port) => [`wss://localhost:${port}`, { tls: { ca }, family: 4 }],
    error: SERVER,
  },
  {
    name: 'a proxy',
    ports: plain,
    target: (port) => ['ws://target.invalid', { proxy: `http://127.0.0.1:${port}` }],
    error: PROXY,
  },
  {
    name: 'a proxy over TLS',
    ports: secure,
    target: (port) => [
      'ws://target.invalid',
      { proxy: `https://localhost:${port}`, proxyTls: { ca }, family: 4 },
    ],
    error: PROXY,
  },
]

/** SOCKS: its replies begin with a version byte. The one of SOCKS4 is 0, as is the first byte of the HTTP/2 frame. */
const SOCKS = ['socks5h', 'socks4a'].map((scheme) => ({
  name: scheme,
  ports: plain,
  target: (port: number): [string, ConnectOptions] => [
    'ws://target.invalid',
    { proxy: `${scheme}://127.0.0.1:${port}` },
  ],
  error: { ...PROXY, cause: { code: 'EPROTO' } },
}))

describe.each(apis)('$name', ({ connect }) => {
  describe.each([...PEERS, ...SOCKS])(
    'rejects the first bytes of $name',
    ({ name, ports, target, error }) => {
      const rows = RESPONSES.map((row, at) => [...row, ports[at] as number] as const)
      test.each(rows.filter(([, bytes]) => name !== 'socks4a' || !bytes.startsWith('00')))(
        '%s',
        async (_name, _bytes, quote, port) => {
          const [url, options] = target(port)
          const message = expect.stringContaining(quote)
          await expect(connect(url, options)).rejects.toMatchObject({ ...error, message })
        },
      )
    },
  )

  test('quotes the beginning of a truncated response', async () => {
    const lost = { code: 'ERR_WS_HANDSHAKE_LOST', phase: 'upgrade', cause: { code: 'ECONNRESET' } }
    const [greeting, begun, nothing] = broken as [number, number, number]
    await expect(connect(`ws://127.0.0.1:${greeting}`)).rejects.toMatchObject({ ...SERVER, message: /SSH/ })
    const message = /"HTTP\/1.1 101 Swi"/
    await expect(connect(`ws://127.0.0.1:${begun}`)).rejects.toMatchObject({ ...lost, message })
    await expect(connect(`ws://127.0.0.1:${nothing}`)).rejects.toMatchObject({
      ...lost,
      message: /^(?!.*began).*lost/,
    })
    const url = `wss://localhost:${brokenTls[1]}`
    await expect(connect(url, { tls: { ca }, family: 4 })).rejects.toMatchObject({ ...lost, message })
  })

  test('quotes the beginning of a truncated response of a proxy', async () => {
    const lost = { ...PROXY, cause: { code: 'ECONNRESET' } }
    const through = (port?: number) => connect('ws://target.invalid', { proxy: `http://127.0.0.1:${port}` })
    const [greeting, begun, nothing] = broken
    await expect(through(greeting)).rejects.toMatchObject({ ...PROXY, message: /SSH/ })
    await expect(through(begun)).rejects.toMatchObject({ ...lost, message: /"HTTP\/1.1 101 Swi"/ })
    await expect(through(nothing)).rejects.toMatchObject({ ...lost, message: /^(?!.*began).*lost/ })
  })
})
