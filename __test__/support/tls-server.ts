// Starts a TLS server of Node in a process of its own, so that it also serves a client whose thread is blocked.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/**
 * Starts a server, which runs until the test has finished. Returns its URL.
 *
 * @param options the options of `https.createServer`
 * @param name the name of the server's program
 */
export async function serveTls(options: object, name = 'tls-server'): Promise<string> {
  const program = fileURLToPath(new URL(`../api/programs/${name}.mjs`, import.meta.url))
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill()
  })
  const [port] = (await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('the server exited before it listened'))),
  ])) as [Buffer]
  return `wss://localhost:${Number(port)}`
}
