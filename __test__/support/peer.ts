/** Starts `websocket-rs-peer` processes, among them the peer of the test file, which starts on the first import. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** The data that a script received, and how it ended; see crates/peer/src/scripted/transcript.rs. */
export interface Transcript {
  request: string
  frames: { fin: boolean; rsv: number; opcode: number; masked: boolean; hex: string }[]
  bytes?: string
  ended: string
}

/** A running peer. */
export interface Peer {
  /** `ws://127.0.0.1:port`. The path selects a mode, see crates/peer/src/modes/mod.rs. */
  ws: string
  /** `wss://localhost:port`, with a certificate signed by `ca`. */
  wss: string
  /** The URL of the scripted peer. */
  raw: string
  /** The certificate of the authority, in PEM. */
  ca: string
  pid: number
  /** Registers a script; crates/peer/src/scripted/script.rs has the steps. */
  script(steps: readonly object[]): Script
  stop(): void
}

/** A script that the scripted peer runs on each connection to `url`. */
export interface Script {
  url: string
  /** Waits until the script has ended. */
  transcript(): Promise<Transcript>
}

const folder = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../target', import.meta.url))
const name = process.platform === 'win32' ? 'websocket-rs-peer.exe' : 'websocket-rs-peer'
let scripts = 0

/**
 * Starts a peer. It exits when its standard input ends, and therefore with this process.
 *
 * @param args the arguments of the peer
 * @param wrapper a command prefix, such as one that enters a network namespace
 */
export async function startPeer(args: string[] = [], wrapper: string[] = []): Promise<Peer> {
  const [command = '', ...rest] = [...wrapper, `${folder}/release/${name}`, ...args]
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('the peer exited before it listened'))),
  ])) as [Buffer]
  // The peer does not keep this process alive.
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
