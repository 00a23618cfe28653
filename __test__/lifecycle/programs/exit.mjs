// Calls process.exit(7) in the given place. Arguments: the API, a URL, the place.

import { connect, url } from './arguments.mjs'

const leave = () => process.exit(7)

async function open() {
  const ws = await connect(url)
  for (let sent = 0; sent < 200; sent += 1) await ws.send(`message ${sent}`)
  return ws
}

const places = {
  connect: async () => {
    await connect(url)
    leave()
  },
  message: async () => {
    const ws = await open()
    await ws.recv()
    leave()
  },
  iteration: async () => {
    let count = 0
    for await (const _ of await open()) if (++count === 100) leave()
  },
  tick: async () => {
    const ws = await open()
    await ws.recv()
    process.nextTick(leave)
  },
  waiting: async () => {
    const ws = await connect(url)
    void ws.recv().catch(() => {})
    void ws.ping().catch(() => {})
    leave()
  },
  connecting: async () => {
    void connect(url).catch(() => {})
    setImmediate(leave)
  },
  sending: async () => {
    const ws = await connect(url)
    void ws.send(Buffer.alloc(32 << 20)).catch(() => {})
    void ws.send('waits').catch(() => {})
    leave()
  },
  closing: async () => {
    const ws = await connect(url)
    void ws.close()
    leave()
  },
}

await places[process.argv[4]]()
// If exit() does not end the process, the exit code is 13.
await new Promise(() => {})
