/**
 * The program of the case `process`: `process.js ADAPTER URL BYTES MESSAGES`. Connects, sends messages and waits for the
 * echo of each, closes the connection, and has nothing else to do. Loads no more than the library and its adapter.
 */

import { createRequire } from 'node:module'
import { type Adapter, lengthOf } from './adapter.js'

async function main(name: string, url: string, bytes: number, messages: number): Promise<void> {
  // Unlike an `import()`, this does not load Node's loader of modules.
  const { adapter } = createRequire(__filename)(`./adapters/${name}.js`) as { adapter: Adapter }
  const client = await adapter.open({ url, ca: undefined, compression: 'off', connections: 1 })
  await client.echo({
    payloads: [Buffer.alloc(bytes, 'x')],
    before: 0,
    messages,
    inFlight: 1,
    observer: undefined,
    check(data) {
      if (lengthOf(data) !== bytes) throw new Error(`received ${lengthOf(data)} bytes, expected ${bytes}`)
    },
  })
  await client.close()
}

const [name, url, bytes, messages] = process.argv.slice(2)
if (name === undefined || url === undefined) throw new Error('usage: process.js ADAPTER URL BYTES MESSAGES')
main(name, url, Number(bytes), Number(messages)).catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
