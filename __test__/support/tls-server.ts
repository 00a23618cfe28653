// A server of Node's own TLS, in a process of its own, so that it answers a blocked thread as well.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/**
 * A server with these options of `https.createServer`; its URL. Gone when the test is over.
 *
 * @param name its program
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
    once(child, 'exit').then(() => Promise.reject(new Error('the server ended before it listened'))),
  ])) as [Buffer]
  return `wss://localhost:${Number(port)}`
}
