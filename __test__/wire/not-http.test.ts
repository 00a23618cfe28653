// Peers that are no HTTP servers, from servers and proxies alike: refused by the first bytes, which the error shows,
// while the connection is held open, and when it ends.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import type { ConnectOptions } from 'websocket-rs'
import { faces } from '../support/faces.js'
import { startPeer } from '../support/peer.js'
import { hex } from './bytes.js'

const PROGRAM = fileURLToPath(new URL('../support/programs/answering.mjs', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-answers-'))
const certificates = await startPeer(['--certificates', folder])
const ca = readFileSync(join(folder, 'authority.pem'), 'utf8')
const cleanUp: (() => void)[] = [() => rmSync(folder, { recursive: true }), certificates.stop]

afterAll(() => {
  for (const step of cleanUp.reverse()) step()
})

/** What is answered, and what the error shows of it. */
const ANSWERS: [name: string, bytes: string, shown: string][] = [
  ['the greeting of SSH', hex('SSH-2.0-OpenSSH_9.6\r\n'), '"SSH-2.0-OpenSSH_9.6\\r\\n"'],
  ['one byte', hex('x'), '"x"'],
  ['a body without a head', hex('<html>'), '"<html>"'],
  ['HTTP/2 101', hex('HTTP/2 101 \r\n'), '"HTTP/2 101 \\r\\n"'],
  ['another version', hex('HTTP/1.2 101 '), '"HTTP/1.2 101 "'],
  ['a status that is no number', hex('HTTP/1.1 OK'), '"HTTP/1.1 OK"'],
  ['the preface of HTTP/2', '000012040000000000000300000064', 'looks like HTTP/2'],
  ['an alert of TLS', '15030100020246', '"\\x15\\x03\\x01\\x00\\x02\\x02F", which looks like TLS'],
  ['no more than what an error shows', hex('y'.repeat(500)), `"${'y'.repeat(64)}"…`],
]

async function start(answers: object[], ...tls: string[]): Promise<number[]> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(answers), ...tls], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  cleanUp.push(() => child.kill())
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return JSON.parse(line.toString())
}

const held = ANSWERS.map(([, bytes]) => ({ hex: bytes }))
const plain = await start(held)
const secure = await start(held, join(folder, 'server.pem'), join(folder, 'server.key'))
/** Answers that end, begun or not. */
const BROKEN = ['SSH-2.0-x\r\n', 'HTTP/1.1 101 Swi', ''].map((text) => ({ hex: hex(text), end: true }))
const broken = await start(BROKEN)
const brokenTls = await start(BROKEN, join(folder, 'server.pem'), join(folder, 'server.key'))

const SERVER = { name: 'HandshakeError', code: 'ERR_WS_INVALID_RESPONSE', phase: 'upgrade', status: 0 }
const PROXY = { name: 'ProxyError', code: 'ERR_WS_PROXY', phase: 'proxy', status: 0 }

/** Who answers: how to meet it at the port of an answer, and what the error is. */
const PEERS: {
  who: string
  ports: number[]
  meet: (port: number) => [url: string, options: ConnectOptions]
  error: object
}[] = [
  { who: 'a server', ports: plain, meet: (port) => [`ws://127.0.0.1:${port}`, {}], error: SERVER },
  {
    who: 'a server over TLS',
    ports: secure,
    meet: (port) => [`wss://localhost:${port}`, { tls: { ca }, family: 4 }],
    error: SERVER,
  },
  {
    who: 'a proxy',
    ports: plain,
    meet: (port) => ['ws://target.invalid', { proxy: `http://127.0.0.1:${port}` }],
    error: PROXY,
  },
  {
    who: 'a proxy over TLS',
    ports: secure,
    meet: (port) => [
      'ws://target.invalid',
      { proxy: `https://localhost:${port}`, proxyTls: { ca }, family: 4 },
    ],
    error: PROXY,
  },
]

/** No SOCKS either, whose answers begin with a byte of their own; that of SOCKS4 is 0, as HTTP/2's is. */
const SOCKS = ['socks5h', 'socks4a'].map((scheme) => ({
  who: scheme,
  ports: plain,
  meet: (port: number): [string, ConnectOptions] => [
    'ws://target.invalid',
    { proxy: `${scheme}://127.0.0.1:${port}` },
  ],
  error: { ...PROXY, cause: { code: 'EPROTO' } },
}))

describe.each(faces)('$name', ({ connect }) => {
  describe.each([...PEERS, ...SOCKS])('refuses at once what $who answers', ({ who, ports, meet, error }) => {
    const rows = ANSWERS.map((row, at) => [...row, ports[at] as number] as const)
    test.each(rows.filter(([, bytes]) => who !== 'socks4a' || !bytes.startsWith('00')))(
      '%s',
      async (_name, _bytes, shown, port) => {
        const [url, options] = meet(port)
        const message = expect.stringContaining(shown)
        await expect(connect(url, options)).rejects.toMatchObject({ ...error, message })
      },
    )
  })

  test('says how an answer began that broke off', async () => {
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

  test('says how the answer of a proxy began that broke off', async () => {
    const lost = { ...PROXY, cause: { code: 'ECONNRESET' } }
    const through = (port?: number) => connect('ws://target.invalid', { proxy: `http://127.0.0.1:${port}` })
    const [greeting, begun, nothing] = broken
    await expect(through(greeting)).rejects.toMatchObject({ ...PROXY, message: /SSH/ })
    await expect(through(begun)).rejects.toMatchObject({ ...lost, message: /"HTTP\/1.1 101 Swi"/ })
    await expect(through(nothing)).rejects.toMatchObject({ ...lost, message: /^(?!.*began).*lost/ })
  })
})
