/** The peer of this test file: one process of `websocket-rs-peer`, started on the first import. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What a script's peer received and how the script ended; see crates/peer/src/scripted/transcript.rs. */
export interface Transcript {
  request: string
  frames: { fin: boolean; rsv: number; opcode: number; masked: boolean; hex: string }[]
  bytes?: string
  ended: string
}

/** A running peer. */
export interface Peer {
  /** `ws://127.0.0.1:port`; paths are modes, see crates/peer/src/modes/mod.rs. */
  ws: string
  /** `wss://localhost:port`, with a certificate of `ca`. */
  wss: string
  /** The scripted peer. */
  raw: string
  /** The authority's certificate in PEM. */
  ca: string
  pid: number
  /** Steps are those of crates/peer/src/scripted/script.rs. */
  script(steps: readonly object[]): Script
  stop(): void
}

/** A script the raw port plays to whoever connects to its URL. */
export interface Script {
  url: string
  /** Waits until the script has ended. */
  transcript(): Promise<Transcript>
}

const folder = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../target', import.meta.url))
const name = process.platform === 'win32' ? 'websocket-rs-peer.exe' : 'websocket-rs-peer'
let scripts = 0

/**
 * Starts a peer that ends when its standard input does: with this process, however that ends.
 *
 * @param args its arguments
 * @param wrapper a command that runs the command after it, such as one that enters a network namespace
 */
export async function startPeer(args: string[] = [], wrapper: string[] = []): Promise<Peer> {
  const [command = '', ...rest] = [...wrapper, `${folder}/release/${name}`, ...args]
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('the peer ended before it listened'))),
  ])) as [Buffer]
  // A process waiting only for the peer is done.
  child.unref()
  for (const stream of [child.stdin, child.stdout]) (stream as unknown as { unref(): void }).unref()
  const announced = JSON.parse(line.toString()) as Pick<Peer, 'ws' | 'wss' | 'raw' | 'ca' | 'pid'>
  return {
    ...announced,
    script: (steps) => script(announced.raw, steps),
    stop: () => {
      child.kill('SIGKILL')
    },
  }
}

function script(raw: string, steps: readonly object[]): Script {
  const id = `test-${process.pid}-${scripts++}`
  const encoded = Buffer.from(JSON.stringify(steps)).toString('base64url')
  return {
    url: `${raw}/script/${encoded}?id=${id}`,
    async transcript() {
      const response = await fetch(`${raw.replace(/^ws/, 'http')}/transcript/${id}`)
      if (!response.ok) throw new Error(`no transcript: ${response.status} ${await response.text()}`)
      return (await response.json()) as Transcript
    },
  }
}

/** The peer of this test file. */
export const peer: Peer = await startPeer()
