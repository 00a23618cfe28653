// Other people's servers: how each is started, and what it can do.

import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { configure, type Service } from '../support/service.js'

/** A server, and what it can do: what it cannot is no test of it. */
export interface Server extends Service {
  /** Its echo of a text may come as several messages, cut where its reads ended, even within a character. */
  takes: 'text and binary' | 'text' | 'text, in pieces'
  /** What it chooses of the subprotocols `other` and `chat`, or the only ones it speaks. */
  protocol: { offered: string[]; chosen: string }
  /** Follows the commands of the path: `/close`, and `/ping` where its interface has pings. */
  commands: 'close' | 'close and ping' | 'none'
  /** The client's code when the server's application closes without naming one; 1005: its frame had none. */
  closesWith?: number
  /** The code of its answer to a close; the client's own where nothing is said. */
  answersWith?: number
  /** Prints what the client's close frame held. */
  reportsClose: boolean
  /** Listens with TLS too. */
  tls: boolean
}

const CACHE = resolve('.cache')
const ARCH = process.arch === 'arm64' ? 'aarch64' : process.arch
const BUN = join(CACHE, `peers/node_modules/@oven/bun-linux-${ARCH}/bin/bun`)
const DENO = join(CACHE, `peers/node_modules/@deno/linux-${process.arch}-glibc/deno`)

const file = (name: string) => new URL(`programs/${name}`, import.meta.url)
const program = (name: string) => fileURLToPath(file(name))
const CHAT = { offered: ['other', 'chat'], chosen: 'chat' }
const SERVER = {
  takes: 'text and binary',
  protocol: CHAT,
  commands: 'close and ping',
  reportsClose: true,
  tls: false,
} as const
const PROGRAM = { takes: 'text', commands: 'none', reportsClose: false, tls: false } as const
/** The tests' own peer answers from behind. It is told to close without a code, so it does. */
const PROXY = { ...SERVER, reportsClose: false, tls: true, closesWith: 1005 } as const

function python(name: string, file: string, closesWith: number, ...args: string[]): Server {
  const interpreter = join(CACHE, 'peers-python/bin/python')
  return {
    ...SERVER,
    name,
    command: ({ port }) => [interpreter, program(file), `${port}`, ...args],
    closesWith,
  }
}

/** HAProxy wants a certificate and its key in one file. */
function joinCertificate(folder: string): void {
  const parts = ['server.pem', 'server.key'].map((name) => readFileSync(join(folder, name), 'utf8'))
  writeFileSync(join(folder, 'both.pem'), parts.join('\n'))
}

export const servers: Server[] = [
  python('websockets (asyncio)', 'websockets_asyncio.py', 1000),
  python('websockets (threads)', 'websockets_threads.py', 1000),
  // Answers any close with 1000.
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
    takes: 'text, in pieces',
    protocol: { offered: ['lws-mirror-protocol'], chosen: 'lws-mirror-protocol' },
  },
  {
    ...PROGRAM,
    // Lines of text: it appends a line feed for its program and takes it off again.
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
