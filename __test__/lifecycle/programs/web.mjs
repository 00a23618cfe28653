// A program with the web API, or with another WebSocket of the standard. Arguments: the module, what to do, a URL.

import { setTimeout as sleep } from 'node:timers/promises'

const [, , module, action, url] = process.argv
const { WebSocket } = await import(module)

const name = (value) => `${value.type ?? value}`

function watch(ws) {
  for (const type of ['open', 'message', 'error', 'close'])
    ws.addEventListener(type, (event) => console.log(name(event)))
}

const ROUNDS = 50
const EACH = 200
let closes = 0

/** Makes an instance that ends in one of four ways. Resolves when it has ended. */
function closed(at) {
  return new Promise((resolve) => {
    const ws = new WebSocket(at % 4 === 0 ? 'ws://127.0.0.1:1' : url)
    ws.onclose = () => {
      closes += 1
      resolve()
    }
    if (at % 4 === 1) ws.close()
    else if (at % 4 === 2) ws.onopen = () => ws.close()
    else ws.onmessage = () => ws.close()
  })
}

function used() {
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

const actions = {
  /** Ends when the server closes, and has nothing else that keeps it alive. */
  untilClosed: () => watch(new WebSocket(url)),
  /** An exception of a listener and one of a handler are uncaught. What follows comes. */
  throwing() {
    process.on('uncaughtException', (error) => console.log(`uncaught ${error.message}`))
    const ws = new WebSocket(url)
    ws.onopen = () => {
      throw new Error('handler')
    }
    ws.addEventListener('message', () => {
      throw new Error('listener')
    })
    ws.addEventListener('message', () => ws.close())
    ws.onclose = () => console.log('closed')
  },
  /** An uncaught exception ends the process. */
  uncaught() {
    new WebSocket(url).onopen = () => {
      throw new Error('on purpose')
    }
  },
  /** Is kept alive by the connection alone, until it is closed. */
  async open() {
    const ws = new WebSocket(url)
    ws.onopen = () => console.log('open')
    ws.onclose = () => console.log('close')
    ws.onmessage = ({ data }) => {
      console.log(data)
      ws.close()
    }
    ws.addEventListener('open', () => ws.send('late'))
  },
  /** Many unreferenced instances: failed, closed while connecting, closed when open, and after a message. */
  async dropped() {
    let before = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      await Promise.all(Array.from({ length: EACH }, (_, at) => closed(at)))
      await sleep(0)
      if (round === 9) before = used()
    }
    const grown = used() - before
    console.log(`closed ${closes}`)
    console.log(grown < 2_000_000 ? 'flat' : `grown by ${grown}`)
  },
}

await actions[action]()
