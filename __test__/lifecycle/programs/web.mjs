// A program with the web API, or with another WebSocket of the standard. Arguments: the module, what to do, a URL.

import { setTimeout as sleep } from 'node:timers/promises'

const [, , module, action, url] = process.argv
const { WebSocket } = await import(module)

const name = (value) => `${value.type ?? value}`

function watch(ws) {
  for (const type of ['open', 'message', 'error', 'close'])
    ws.addEventListener(type, (event) => console.log(name(event)))
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
  /** An exception that nobody catches ends the process. */
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
  /** Many instances that nobody holds: closed while connecting, failed, and closed by the peer. */
  async dropped() {
    const rounds = 50
    const each = 200
    let closes = 0
    const used = () => {
      globalThis.gc()
      return process.memoryUsage().heapUsed
    }
    let before = 0
    for (let round = 0; round < rounds; round += 1) {
      await new Promise((resolve) => {
        let left = each
        for (let at = 0; at < each; at += 1) {
          const ws = new WebSocket(at % 4 === 0 ? 'ws://127.0.0.1:1' : url)
          ws.onclose = () => {
            closes += 1
            left -= 1
            if (left === 0) resolve()
          }
          if (at % 4 === 1) ws.close()
          else if (at % 4 === 2) ws.onopen = () => ws.close()
          else ws.onmessage = () => ws.close()
        }
      })
      await sleep(0)
      if (round === 9) before = used()
    }
    const grown = used() - before
    console.log(`closed ${closes}`)
    console.log(grown < 2_000_000 ? 'flat' : `grown by ${grown}`)
  },
}

await actions[action]()
