/** The servers by name. Each is a command that prints its URLs as `websocket-rs-peer` does. */

import { join } from 'node:path'
import { bun } from './contenders.js'
import { peerCommand } from './server.js'

export const PEER = 'websocket-rs-peer'

interface ServerKind {
  about: string
  command(): string[]
}

/** The echo server in C, which make builds on Linux. */
export const ECHO_SERVER = join('build', 'servers', 'echo')

const NEUTRAL: Record<string, ServerKind> = {
  epoll: {
    about: 'neutral: bench/servers/echo, in C on epoll, which shares no code with any client',
    command: () => [ECHO_SERVER],
  },
}

/** Servers that share no code with the peer: echo on `/`, no TLS. */
export const OTHER_SERVERS: Record<string, ServerKind> = {
  ...(process.platform === 'linux' ? NEUTRAL : {}),
  bun: { about: 'uWebSockets, in Bun', command: () => [bun(), script('bun')] },
  ws: {
    about: 'the npm package ws, on the Node that runs the benchmark',
    command: () => [process.execPath, script('ws')],
  },
}

/** Those of them that accept permessage-deflate. */
export const COMPRESSING_SERVERS = ['bun', 'ws']

function script(name: string): string {
  return join(__dirname, '..', 'servers', `${name}.js`)
}

const SERVERS: Record<string, ServerKind> = {
  [PEER]: {
    about: 'ours: a dedicated loop for small echoes, tokio-tungstenite for everything else',
    command: peerCommand,
  },
  ...OTHER_SERVERS,
}

function find(name: string): ServerKind {
  const found = SERVERS[name]
  if (found === undefined) throw new Error(`unknown server: ${name}`)
  return found
}

/** Returns the command of a server. */
export function serverCommand(name: string): string[] {
  return find(name).command()
}

/** Returns the description of a server for the report. */
export function serverAbout(name: string): string {
  return find(name).about
}
