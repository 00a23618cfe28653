// Starts the scripted proxies of a test file, one plain and one with TLS, and connects through them.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, vi } from 'vitest'
import type { AnyConnection, Api } from './apis.js'
import { peer, startPeer } from './peer.js'

const PROGRAM = fileURLToPath(new URL('./programs/scripted-proxy.mjs', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-proxy-'))
const certificates = await startPeer(['--certificates', folder])

/** The authority that signed the certificate of `secureProxy`, in PEM. */
export const authority = readFileSync(join(folder, 'authority.pem'), 'utf8')

/** A running proxy. */
interface Proxy {
  port: number
  /** The `host:port` of each tunnel that was requested. */
  targets: string[]
  stop(): void
}

async function startProxy(...args: string[]): Promise<Proxy> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)
  const [port] = (await once(lines, 'line')) as [string]
  const targets: string[] = []
  lines.on('line', (line) => targets.push(line))
  return { port: Number(port), targets, stop: () => child.kill() }
}

/** A proxy without TLS. */
export const proxy = await startProxy()
/** A proxy with TLS. */
export const secureProxy = await startProxy(join(folder, 'server.pem'), join(folder, 'server.key'))

afterAll(() => {
  for (const running of [proxy, secureProxy, certificates]) running.stop()
  rmSync(folder, { recursive: true })
})

/** Returns the URL of `proxy` for CONNECT. The user name selects the behaviour; see programs/scripted-proxy.mjs. */
export const http = (user = '') => `http://${user === '' ? '' : `${user}:pass@`}127.0.0.1:${proxy.port}`

/** Returns the URL of `proxy` for SOCKS. */
export const socks = (user = '', scheme = 'socks5h') =>
  `${scheme}://${user === '' ? '' : `${user}:pass@`}127.0.0.1:${proxy.port}`

/** The port of `peer.ws`. */
export const peerPort = new URL(peer.ws).port

/** Echoes one message and closes the connection. */
export async function echo(ws: AnyConnection, payload = 'through'): Promise<void> {
  await ws.send(payload)
  expect(await ws.recv()).toBe(payload)
  await ws.close()
  expect(ws.wasClean).toBe(true)
}

/** Returns the targets that `proxy` received while `run` was running, and waits for at least `count` of them. */
export async function targetsDuring(run: () => Promise<void>, count = 1): Promise<string[]> {
  const before = proxy.targets.length
  await run()
  await vi.waitFor(() => expect(proxy.targets.length).toBeGreaterThanOrEqual(before + count))
  return proxy.targets.slice(before)
}

/** Returns the error of a connection attempt through the proxy `given`. */
export function failure(
  connect: Api['connect'],
  given: string | URL,
  url = `${peer.ws}/echo`,
): Promise<unknown> {
  return connect(url, { proxy: given, proxyTls: { ca: authority } }).then(
    () => expect.unreachable(),
    (error: unknown) => error,
  )
}
