// Unix sockets: `ws+unix:`, and `wss+unix:` with TLS.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const RELAY = fileURLToPath(new URL('../support/programs/unix-relay.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'websocket-rs '))
const cleanUp: (() => void)[] = [() => rmSync(folder, { recursive: true })]

afterAll(() => {
  for (const step of cleanUp.reverse()) step()
})

/** Starts a relay from a Unix socket to a URL of the peer. Returns the percent-encoded path of the socket. */
async function relay(name: string, to: string): Promise<string> {
  const path = join(folder, name)
  const child = spawn(process.execPath, [RELAY, path, new URL(to).port], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  cleanUp.push(() => child.kill())
  await once(child.stdout, 'data')
  return encodeURI(path).replaceAll(':', '%3A')
}

const onUnix = process.platform !== 'win32'
const plain = onUnix ? await relay('a:b', peer.ws) : ''
const secure = onUnix ? await relay('tls', peer.wss) : ''

describe.runIf(onUnix).each(apis)('$name', ({ connect }) => {
  test('sends and receives messages of any size', async () => {
    const ws = await connect(`ws+unix:${plain}:/echo?a=b`)
    const payload = Buffer.alloc(3_000_000, 'unix')
    await ws.send('text')
    await ws.send(payload)
    expect(await ws.recv()).toBe('text')
    expect(payload.equals((await ws.recv()) as Buffer)).toBe(true)
    const noAddress = { address: '', family: 'Unix', port: 0 }
    expect(ws).toMatchObject({ localAddress: noAddress, remoteAddress: noAddress })
    await ws.close(1000, 'bye')
    expect(ws).toMatchObject({ closeCode: 1000, wasClean: true })
  })

  test('accepts only a path after the socket, no scheme or host', async () => {
    for (const resource of ['ws://localhost/echo', 'https://localhost/', '//localhost:99/', 'echo'])
      await expect(connect(`wss+unix:${plain}:${resource}`)).rejects.toMatchObject({
        name: 'TypeError',
        code: 'ERR_WS_INVALID_URL',
      })
  })

  test.each([
    ['localAddress', { localAddress: '127.0.0.1' }],
    ['family', { family: 4 }],
    ['proxy', { proxy: 'http://127.0.0.1:1' }],
  ] as const)('rejects the option %s', async (name, options) => {
    await expect(connect(`ws+unix:${plain}:/echo`, options)).rejects.toMatchObject({
      code: 'ERR_WS_INVALID_OPTION',
      message: `option ${name}: cannot be used with a Unix socket`,
    })
  })

  test('reports ENOTDIR for a path below a file', async () => {
    const path = `${plain}/below`
    await expect(connect(`ws+unix:${path}`)).rejects.toMatchObject({ cause: { code: 'ENOTDIR' } })
  })

  test('requests path and query with the host localhost', async () => {
    const ws = await connect(new URL(`ws+unix://${plain}:/headers?q=a:b`))
    expect(JSON.parse((await ws.recv()) as string)).toMatchObject({
      ':path': '/headers?q=a:b',
      host: ['localhost'],
    })
    ws.terminate()
  })

  test('verifies the certificate for localhost with wss+unix:', async () => {
    const ws = await connect(`wss+unix:${secure}:/echo`, { tls: { ca: peer.ca } })
    await ws.send('x')
    expect(await ws.recv()).toBe('x')
    ws.terminate()
    const unknown = { code: 'ERR_WS_TLS', cause: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' } }
    await expect(connect(`wss+unix:${secure}:/echo`)).rejects.toMatchObject(unknown)
  })

  test('follows a redirect over the socket unless it names another host', async () => {
    for (const location of ['/echo', 'ws://localhost/echo']) {
      const url = `ws+unix:${plain}:/status/302?location=${encodeURIComponent(location)}`
      const ws = await connect(url, { followRedirects: true })
      expect(ws.remoteAddress.family).toBe('Unix')
      ws.terminate()
    }
    const away = `ws+unix:${plain}:/status/302?location=${encodeURIComponent(`${peer.ws}/echo`)}`
    const ws = await connect(away, { followRedirects: true })
    expect(ws.remoteAddress.family).toBe('IPv4')
    ws.terminate()
  })

  test('rejects a redirect from TCP to a Unix socket', async () => {
    const url = `${peer.ws}/status/302?location=${encodeURIComponent(`ws+unix:${plain}:/echo`)}`
    const refused = { code: 'ERR_WS_REDIRECT', message: /a redirect must not lead to a Unix socket/ }
    await expect(connect(url, { followRedirects: true })).rejects.toMatchObject(refused)
  })

  test('names the path of a missing socket', async () => {
    const path = `${encodeURI(folder)}/missing`
    await expect(connect(`ws+unix:${path}:/`)).rejects.toMatchObject({
      code: 'ERR_WS_CONNECT',
      phase: 'dial',
      message: expect.stringContaining(`${folder}/missing`),
      cause: { code: 'ENOENT' },
    })
  })

  test.each(['ws+unix:', 'ws+unix:/', 'ws+unix://host/a:/b', 'http+unix:/a'])(
    'rejects the URL %s',
    async (url) => {
      await expect(connect(url)).rejects.toMatchObject({ name: 'TypeError', code: 'ERR_WS_INVALID_URL' })
    },
  )

  test('applies connectTimeout', async () => {
    const slow = connect(`ws+unix:${plain}:/hang`, { connectTimeout: 50 })
    await expect(slow).rejects.toMatchObject({ code: 'ERR_WS_CONNECT_TIMEOUT', phase: 'upgrade' })
  })
})
