// Addresses at which something is wrong before WebSocket begins. The kernel does the talking, so that they
// work for a blocked thread as well.

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { onTestFinished } from 'vitest'

/** `host:port` at which nobody listens any more. */
export async function refusingAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `127.0.0.1:${port}`
}

/** `host:port` that takes TCP connections and never says a word. Gone when the test is over. */
export async function silentAddress(): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
