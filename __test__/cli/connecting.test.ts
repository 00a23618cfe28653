// The flags of connecting reach the handshake.

import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { peer, startPeer } from '../support/peer.js'
import { proxy } from '../support/proxy.js'
import { serveTls } from '../support/tls-server.js'
import { parseLines, run, success } from './command.js'

const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-cli-'))
const certificates = await startPeer(['--certificates', folder])
afterAll(() => {
  certificates.stop()
  rmSync(folder, { recursive: true })
})

const path = (name: string) => join(folder, name)

function write(name: string, content: string | Buffer): string {
  writeFileSync(path(name), content)
  return path(name)
}

/** Returns the headers of the request that a command sends. */
async function headersOf(...args: string[]): Promise<Record<string, string[]>> {
  const { stdout, stderr } = await run([`${peer.ws}/headers`, ...args, '-n', '1'])
  expect(stderr).toBe('')
  return JSON.parse(stdout) as Record<string, string[]>
}

describe('the request', () => {
  test('has the headers, the origin and the credentials of the flags', async () => {
    const file = write('headers', 'X-From-File: 1\n\nX-Other: two: three\n')
    const flags = [
      '-H',
      'X-One:  first ',
      '-H',
      `@${file}`,
      '--origin',
      'http://here',
      '--auth',
      'user:pass:word',
    ]
    const headers = await headersOf(...flags)
    expect(headers).toMatchObject({
      'x-one': ['first'],
      'x-from-file': ['1'],
      'x-other': ['two: three'],
      origin: ['http://here'],
      authorization: [`Basic ${Buffer.from('user:pass:word').toString('base64')}`],
    })
  })

  test('has the credentials of a file', async () => {
    const headers = await headersOf('--auth', `@${write('auth', 'user:secret\n')}`)
    expect(headers.authorization).toEqual([`Basic ${Buffer.from('user:secret').toString('base64')}`])
  })

  test('offers subprotocols in their order', async () => {
    const script = peer.script([{ accept: true }, { readToEnd: true }])
    await run([script.url, '-s', 'graphql-ws', '--subprotocol', 'mqtt', '-x', 'a'])
    expect((await script.transcript()).request).toMatch(/^sec-websocket-protocol: graphql-ws, ?mqtt\r?$/im)
  })

  test('offers compression only with --compress', async () => {
    const url = `${peer.ws}/echo?deflate=1`
    const [off, on] = await Promise.all([
      run([url, '-x', 'a', '-n', '1', '-j']),
      run([url, '-x', 'a', '-n', '1', '-j', '-z']),
    ])
    expect(parseLines(off.stdout)[0]).toMatchObject({ extensions: '' })
    expect(parseLines(on.stdout)[0]).toMatchObject({
      extensions: expect.stringContaining('permessage-deflate'),
    })
  })

  test('follows a redirect with --follow', async () => {
    const url = `${peer.ws}/status/302?location=${encodeURIComponent('/echo')}`
    expect(await run([url, '--follow', '-x', 'there', '-n', '1'])).toEqual(success('there'))
  })

  test('goes through the proxy of --proxy', async () => {
    const flags = ['-x', 'a', '-n', '1', '--proxy', `http://127.0.0.1:${proxy.port}`]
    expect(await run([peer.ws, ...flags])).toEqual(success('a'))
    expect(proxy.targets).toEqual([new URL(peer.ws).host])
  })

  test('ignores the proxy of the environment with --no-proxy', async () => {
    // A host that is not of this machine by its name; the environment is not asked for loopback.
    const env = { all_proxy: 'http://127.0.0.1:1', ws_proxy: 'http://127.0.0.1:1' }
    const url = 'ws://nothing.invalid'
    const [with_, without] = await Promise.all([run([url], { env }), run([url, '--no-proxy'], { env })])
    expect(with_.stderr).toContain('ERR_WS_PROXY')
    expect(without.stderr).toContain('ERR_WS_RESOLVE')
  })

  test.each([
    ['localhost and a port', (url: URL) => `localhost:${url.port}/echo`],
    ['a port', (url: URL) => `:${url.port}`],
    ['an address', (url: URL) => url.host],
    ['http:', (url: URL) => `http://${url.host}`],
  ])('takes %s for a URL', async (_, toAddress) => {
    expect(await run([toAddress(new URL(peer.ws)), '-x', 'a', '-n', '1'])).toEqual(success('a'))
  })
})

describe('TLS', () => {
  const ca = path('authority.pem')
  const message = ['-x', 'a', '-n', '1']

  test('trusts --ca, and anybody with --insecure', async () => {
    const [trusted, insecure] = await Promise.all([
      run([peer.wss, ...message, '--ca', write('peer-ca.pem', peer.ca)]),
      run([peer.wss, ...message, '--insecure']),
    ])
    expect(trusted).toEqual(success('a'))
    expect(insecure).toEqual(success('a'))
  })

  test('suggests ws: if the server has no TLS', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
      0,
      '127.0.0.1',
    )
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { code, stderr } = await run([
      `wss://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ...message,
    ])
    expect(code).toBe(4)
    expect(stderr).toMatch(/ERR_WS_TLS: .*\. Write ws: if the server has no TLS\.\n$/)
  })

  test('suggests the flags that help against a missing certificate of the client and against another name', async () => {
    const server = {
      cert: readFileSync(path('server.pem'), 'utf8'),
      key: readFileSync(path('server.key'), 'utf8'),
    }
    const url = await serveTls({ ...server, requestCert: true, rejectUnauthorized: true })
    const [missing, named] = await Promise.all([
      run([url, '--insecure', ...message]),
      run([url, '--ca', ca, '--servername', 'other.test', ...message]),
    ])
    expect(missing.stderr).toMatch(/CertificateRequired\. Pass --cert FILE and --key FILE\.\n$/)
    expect(named.stderr).toMatch(
      /other\.test.*\. Correct the URL, pass --servername NAME, or accept any with --insecure\.\n$/,
    )
  })

  test('sends --cert and --key, also an encrypted one, and asks for --servername', async () => {
    const server = {
      cert: readFileSync(path('server.pem'), 'utf8'),
      key: readFileSync(path('server.key'), 'utf8'),
    }
    const url = await serveTls({
      ...server,
      ca: readFileSync(ca, 'utf8'),
      requestCert: true,
      rejectUnauthorized: true,
    })
    const key = createPrivateKey(readFileSync(path('client.key')))
    const cipher = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const
    const encrypted = write('encrypted.key', key.export(cipher))
    const cert = ['--ca', ca, '--cert', path('client.pem'), '--servername', 'localhost', '-n', '1']
    const [plain, passphrase] = await Promise.all([
      run([url, ...cert, '--key', path('client.key')]),
      run([url, ...cert, '--key', encrypted, '--passphrase', `@${write('passphrase', 'secret\n')}`]),
    ])
    for (const { stdout } of [plain, passphrase]) {
      expect(JSON.parse(stdout)).toMatchObject({ client: 'websocket-rs test peer', servername: 'localhost' })
    }
  })
})
