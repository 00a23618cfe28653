// Third-party servers: how each is started, and what it supports.

import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { configure, type Service } from '../support/service.js'

/** A server and what it supports. Features without support are not tested. */
export interface Server extends Service {
  /** Which messages it echoes. `split`: as several messages, split where its reads end, even within a character. */
  echoes: 'text and binary' | 'text' | 'text, split'
  /** The offered subprotocols and the one it selects. */
  protocol: { offered: string[]; chosen: string }
  /** The commands of the path it follows: `/close`, and `/ping` if its interface has pings. */
  commands: 'close' | 'close and ping' | 'none'
  /** The close code the client sees if the server closes without one. 1005: the close frame has no code. */
  closesWith?: number
  /** The code of its close frame in reply to the client's. If absent, the code of the client. */
  answersWith?: number
  /** Prints code and reason of the client's close frame. */
  reportsClose: boolean
  /** Also listens with TLS. */
  tls: boolean
}

const CACHE = resolve('.cache')
const ARCH = process.arch === 'arm64' ? 'aarch64' : process.arch
/** The Bun of the tests. */
export const BUN = join(CACHE, `peers/node_modules/@oven/bun-linux-${ARCH}/bin/bun`)
/** The Deno of the tests. */
export const DENO = join(CACHE, `peers/node_modules/@deno/linux-${process.arch}-glibc/deno`)

/** The Python of the tests, with the libraries of packages/requirements.txt. */
export const PYTHON = join(CACHE, 'peers-python/bin/python')

const file = (name: string) => new URL(`programs/${name}`, import.meta.url)
/** Returns the path of a server's program. */
export const program = (name: string) => fileURLToPath(file(name))
const CHAT = { offered: ['other', 'chat'], chosen: 'chat' }
const SERVER = {
  echoes: 'text and binary',
  protocol: CHAT,
  commands: 'close and ping',
  reportsClose: true,
  tls: false,
} as const
const PROGRAM = { echoes: 'text', commands: 'none', reportsClose: false, tls: false } as const
/** A proxy in front of the tests' own peer, which closes without a code if the path says so. */
const PROXY = { ...SERVER, reportsClose: false, tls: true, closesWith: 1005 } as const

function python(name: string, file: string, closesWith: number, ...args: string[]): Server {
  return {
    ...SERVER,
    name,
    command: ({ port }) => [PYTHON, program(file), `${port}`, ...args],
    closesWith,
  }
}

/** Writes a certificate and its key into one file, as HAProxy requires. */
function joinCertificate(folder: string): void {
  const parts = ['server.pem', 'server.key'].map((name) => readFileSync(join(folder, name), 'utf8'))
  writeFileSync(join(folder, 'both.pem'), parts.join('\n'))
}

export const servers: Server[] = [
  python('websockets (asyncio)', 'websockets_asyncio.py', 1000),
  python('websockets (threads)', 'websockets_threads.py', 1000),
  // Replies to every close with 1000.
  { ...python('aiohttp', 'aiohttp_server.py', 1000), answersWith: 1000 },
  python('Tornado', 'tornado_server.py', 1005),
  { ...python('uvicorn (websockets)', 'uvicorn_server.py', 1000, 'websockets'), commands: 'close' },
  { ...python('uvicorn (wsproto)', 'uvicorn_server.py', 1000, 'wsproto'), commands: 'close' },
  python('picows', 'picows_server.py', 1005),
  {
    ...SERVER,
    name: 'ws',
    command: ({ port }) => [process.execPath, program('ws.mjs'), `${port}`],
    closesWith: 1005,
  },
  {
    ...SERVER,
    name: 'faye-websocket',
    command: ({ port }) => [
      process.execPath,
      program('faye.mjs'),
      `${port}`,
      join(CACHE, 'peers/package.json'),
    ],
    closesWith: 1000,
  },
  {
    ...SERVER,
    name: 'Bun',
    command: ({ port }) => [BUN, 'run', program('bun.mjs'), `${port}`],
    closesWith: 1000,
  },
  {
    ...SERVER,
    name: 'Deno',
    command: ({ port }) => [DENO, 'run', '--no-config', '--allow-net', program('deno.mjs'), `${port}`],
    commands: 'close',
    closesWith: 1005,
  },
  {
    ...PROGRAM,
    name: 'libwebsockets',
    command: ({ port }) => ['libwebsockets-test-server', '-p', `${port}`, '-i', 'lo', '-d', '1'],
    echoes: 'text, split',
    protocol: { offered: ['lws-mirror-protocol'], chosen: 'lws-mirror-protocol' },
  },
  {
    ...PROGRAM,
    // Passes messages to its program as lines of text.
    name: 'websocketd',
    command: ({ port }) => ['websocketd', '--address=127.0.0.1', `--port=${port}`, '--loglevel=error', 'cat'],
    protocol: { offered: [], chosen: '' },
  },
  {
    ...PROXY,
    name: 'nginx',
    command: (place) => ['nginx', '-p', place.folder, '-c', configure(file('nginx.conf'), place)],
  },
  {
    ...PROXY,
    name: 'HAProxy',
    command: (place) => {
      joinCertificate(place.folder)
      return ['haproxy', '-q', '-f', configure(file('haproxy.cfg'), place)]
    },
  },
]
