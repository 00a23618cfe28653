/** The servers by name. Each is a command that announces itself as `websocket-rs-peer` does. */

import { join } from 'node:path'
import { bun } from './contenders.js'
import { peerCommand } from './server.js'

export const PEER = 'websocket-rs-peer'

interface Choice {
  about: string
  command(): string[]
}

/** Servers on other code bases: echo on `/`, no TLS. */
export const OTHER_SERVERS: Record<string, Choice> = {
  bun: { about: 'uWebSockets, in Bun', command: () => [bun(), script('bun')] },
  ws: {
    about: 'the npm package ws, on the Node that runs this',
    command: () => [process.execPath, script('ws')],
  },
}

function script(name: string): string {
  return join(__dirname, '..', 'servers', `${name}.js`)
}

const SERVERS: Record<string, Choice> = {
  [PEER]: {
    about: 'ours: small echoes by a loop of its own, the rest by tokio-tungstenite',
    command: peerCommand,
  },
  ...OTHER_SERVERS,
}

function find(name: string): Choice {
  const found = SERVERS[name]
  if (found === undefined) throw new Error(`no server is called ${name}`)
  return found
}

export function serverCommand(name: string): string[] {
  return find(name).command()
}

/** What the report says of it. */
export function serverAbout(name: string): string {
  return find(name).about
}
