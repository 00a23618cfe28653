// Opens connections and prints the bytes of V8's heap that each holds while idle. Run with --expose-gc. Arguments: the API,
// a URL, how many.

import { settledMemory } from './memory.mjs'

const [, , api, url, want] = process.argv
const library = await import(api)

/** Opens connections of the `ws` API and of the web API. */
function openWebSocket(WebSocket) {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url)
    ws.onopen = () => resolve(ws)
    ws.onerror = reject
  })
}

const openers = {
  'websocket-rs': () => library.connect(url),
  'websocket-rs/sync': () => library.connect(url),
  'websocket-rs/ws': () => openWebSocket(library.WebSocket),
  'websocket-rs/web': () => openWebSocket(library.WebSocket),
}

const connections = []

async function open(count) {
  // Not at once: the backlog of a listening socket is limited.
  for (let at = 0; at < count; at += 50) {
    connections.push(...(await Promise.all(Array.from({ length: Math.min(50, count - at) }, openers[api]))))
  }
}

// V8 compiles the code and makes what all connections share.
await open(500)
const { heapUsed: before } = await settledMemory()
await open(Number(want))
const { heapUsed: after } = await settledMemory()
console.log(JSON.stringify({ each: (after - before) / Number(want), open: connections.length }))
process.exit()
