/** The servers by name. Each is a command that announces itself as `websocket-rs-peer` does. */

import { peerCommand } from './server.js'

export const PEER = 'websocket-rs-peer'

interface Choice {
  about: string
  command(): string[]
}

/** Servers on other code bases: echo on `/`, no TLS. */
export const OTHER_SERVERS: Record<string, Choice> = {}

const SERVERS: Record<string, Choice> = {
  [PEER]: { about: 'tokio-tungstenite, from crates/peer', command: peerCommand },
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
