/** The peer of this test file: one process of `websocket-rs-peer`, started on the first import. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What a script's peer received and how the script ended; see crates/peer/src/raw/transcript.rs. */
export interface Transcript {
  request: string
  frames: { fin: boolean; rsv: number; opcode: number; masked: boolean; hex: string }[]
  bytes?: string
  ended: string
}

/** A script the raw port plays to whoever connects to its URL. */
export interface Script {
  url: string
  /** Waits until the script has ended. */
  transcript(): Promise<Transcript>
}

const folder = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../target', import.meta.url))
const name = process.platform === 'win32' ? 'websocket-rs-peer.exe' : 'websocket-rs-peer'

// It ends when its standard input does: with this process, however that ends.
const child = spawn(`${folder}/release/${name}`, { stdio: ['pipe', 'pipe', 'inherit'] })
const [line] = (await Promise.race([
  once(child.stdout, 'data'),
  once(child, 'exit').then(() => Promise.reject(new Error('the peer ended before it listened'))),
])) as [Buffer]
// A process waiting only for the peer is done.
child.unref()
for (const stream of [child.stdin, child.stdout]) (stream as unknown as { unref(): void }).unref()

const announced = JSON.parse(line.toString()) as { ws: string; wss: string; raw: string; ca: string }
let scripts = 0

/** URLs of the running peer, the authority of its certificate, and its scripts. */
export const peer = {
  ...announced,
  pid: child.pid as number,
  script(steps: readonly object[]): Script {
    const id = `test-${process.pid}-${scripts++}`
    const encoded = Buffer.from(JSON.stringify(steps)).toString('base64url')
    return {
      url: `${announced.raw}/script/${encoded}?id=${id}`,
      async transcript() {
        const response = await fetch(`${announced.raw.replace(/^ws/, 'http')}/transcript/${id}`)
        if (!response.ok) throw new Error(`no transcript: ${response.status} ${await response.text()}`)
        return (await response.json()) as Transcript
      },
    }
  },
}
