// Third-party servers with permessage-deflate: how each is started with which parameters, and what it answers.

import type { CompressionOptions } from 'websocket-rs'
import type { Service } from '../support/service.js'
import { BUN, DENO, PYTHON, program } from './servers.js'

/** What happens to an offer: the server accepts or declines it, or rejects the handshake, or its answer is invalid. */
export type Outcome = 'accepted' | 'declined' | 'ERR_WS_UNEXPECTED_STATUS' | 'ERR_WS_INVALID_EXTENSION'

/** Window bits that the server limits unless the offer limits them further; 15 for no limit. */
export interface Windows {
  server: number
  client: number
}

/** A server with certain parameters of permessage-deflate. */
export interface CompressingServer extends Service {
  /** What it does with an offer. */
  outcome(offer: CompressionOptions): Outcome
  /** What it agrees to at most. */
  windows: Windows
  /** Whether it resets its compressor, or has the client do so, after each message, whatever is offered. */
  resets: { server: boolean; client: boolean }
}

type Parameters = Omit<CompressingServer, 'name' | 'command'>

const accepted = (): Outcome => 'accepted'
const PLAIN: Parameters = {
  outcome: accepted,
  windows: { server: 15, client: 15 },
  resets: { server: false, client: false },
}

/** A server in Python, with the options of its library in JSON. */
function python(
  name: string,
  file: string,
  options: unknown,
  parameters: Partial<Parameters>,
): CompressingServer {
  return {
    ...PLAIN,
    name: `${name} ${JSON.stringify(options) ?? ''}`.trim(),
    command: ({ port }) => [
      PYTHON,
      program(file),
      `${port}`,
      ...(options === undefined ? [] : [JSON.stringify(options)]),
    ],
    ...parameters,
  }
}

function uvicorn(implementation: string, windows: Windows): CompressingServer {
  return {
    ...PLAIN,
    name: `uvicorn (${implementation})`,
    command: ({ port }) => [PYTHON, program('uvicorn_server.py'), `${port}`, implementation],
    windows,
  }
}

/** A server in JavaScript, with the value of its option `perMessageDeflate`. */
function script(
  [name, ...command]: [name: string, ...command: string[]],
  options: unknown,
  parameters: Partial<Parameters>,
): CompressingServer {
  const json = JSON.stringify(options)
  return {
    ...PLAIN,
    name: `${name} ${json}`,
    command: ({ port }) => [...command, `${port}`, json],
    ...parameters,
  }
}

const WS = ['ws', process.execPath, program('ws.mjs')] as [string, ...string[]]
const BUN_SERVER = ['Bun', BUN, 'run', program('bun.mjs')] as [string, ...string[]]

/** Bun, on uWebSockets, which has no windows for a compressor that is shared and declines to limit it. */
const shared: Partial<Parameters> = {
  outcome: ({ serverMaxWindowBits }) => (serverMaxWindowBits === undefined ? 'accepted' : 'declined'),
  resets: { server: true, client: true },
}

/** Tornado parses only parameters that have a value, and accepts the offer without server_no_context_takeover. */
const TORNADO: Partial<Parameters> = {
  outcome: ({ serverNoContextTakeover }) =>
    serverNoContextTakeover ? 'ERR_WS_INVALID_EXTENSION' : 'accepted',
}

/** The default windows of Python's websockets. */
const WEBSOCKETS = { server: 12, client: 12 }

export const compressingServers: CompressingServer[] = [
  python('websockets (asyncio)', 'websockets_asyncio.py', undefined, { windows: WEBSOCKETS }),
  python(
    'websockets (asyncio)',
    'websockets_asyncio.py',
    { server_no_context_takeover: true, client_no_context_takeover: true },
    { resets: { server: true, client: true } },
  ),
  python(
    'websockets (asyncio)',
    'websockets_asyncio.py',
    { server_max_window_bits: 10, client_max_window_bits: 9 },
    { windows: { server: 10, client: 9 } },
  ),
  python(
    'websockets (asyncio)',
    'websockets_asyncio.py',
    { client_max_window_bits: 9, require_client_max_window_bits: true },
    {
      outcome: ({ clientMaxWindowBits }) => (clientMaxWindowBits === false ? 'declined' : 'accepted'),
      windows: { server: 15, client: 9 },
    },
  ),
  python(
    'websockets (threads)',
    'websockets_threads.py',
    { client_no_context_takeover: true, server_max_window_bits: 9 },
    { windows: { server: 9, client: 15 }, resets: { server: false, client: true } },
  ),
  python('aiohttp', 'aiohttp_server.py', undefined, {}),
  python('Tornado', 'tornado_server.py', {}, TORNADO),
  python('Tornado', 'tornado_server.py', { compression_level: 9, mem_level: 1 }, TORNADO),
  uvicorn('websockets', { server: 15, client: 15 }),
  uvicorn('websockets-sansio', WEBSOCKETS),
  uvicorn('wsproto', { server: 15, client: 15 }),
  script(WS, { threshold: 0 }, {}),
  script(
    WS,
    {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 10,
      clientMaxWindowBits: 9,
      threshold: 0,
    },
    {
      // Rejects a handshake whose offer does not allow its parameters.
      outcome: ({ clientMaxWindowBits }) =>
        clientMaxWindowBits === false ? 'ERR_WS_UNEXPECTED_STATUS' : 'accepted',
      windows: { server: 10, client: 9 },
      resets: { server: true, client: true },
    },
  ),
  script(
    WS,
    { serverNoContextTakeover: false, serverMaxWindowBits: false, clientMaxWindowBits: false, threshold: 0 },
    {
      outcome: ({ serverNoContextTakeover, serverMaxWindowBits }) =>
        serverNoContextTakeover || serverMaxWindowBits !== undefined
          ? 'ERR_WS_UNEXPECTED_STATUS'
          : 'accepted',
    },
  ),
  script(BUN_SERVER, true, shared),
  script(BUN_SERVER, { compress: 'shared', decompress: 'shared' }, shared),
  script(
    BUN_SERVER,
    { compress: 'dedicated', decompress: 'dedicated' },
    {
      // A compressor that is reset is the shared one.
      outcome: ({ serverNoContextTakeover, serverMaxWindowBits }) =>
        serverNoContextTakeover && serverMaxWindowBits !== undefined ? 'declined' : 'accepted',
    },
  ),
  {
    ...PLAIN,
    name: 'Deno, which has no compression',
    command: ({ port }) => [DENO, 'run', '--no-config', '--allow-net', program('deno.mjs'), `${port}`],
    outcome: () => 'declined',
  },
]
