// rxjs/webSocket: a subject, by the class of ws and by the global one.

import { webSocket } from 'rxjs/webSocket'
import WebSocket from 'ws'
import { answering, serve } from './scripted-server.mjs'

const server = await serve(answering((value) => value))

async function exchange(WebSocketCtor) {
  await new Promise((resolve) => {
    const subject = webSocket({
      url: server.url,
      WebSocketCtor,
      openObserver: { next: ({ type }) => console.log(type) },
      closeObserver: { next: ({ code, wasClean }) => resolve(console.log(code, wasClean)) },
    })
    subject.subscribe((value) => {
      console.log(value)
      subject.complete()
    })
    subject.next({ a: 1 })
  })
}

await exchange(WebSocket)
await exchange(globalThis.WebSocket ?? WebSocket)
server.close()
