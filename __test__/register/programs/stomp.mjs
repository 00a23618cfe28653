// @stomp/stompjs: a subscription, by the class of ws and by the global one.

import { Client } from '@stomp/stompjs'
import WebSocket from 'ws'
import { serve } from './scripted-server.mjs'

const REPLIES = {
  CONNECT: () => 'CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\0',
  SEND: (text) => `MESSAGE\nsubscription:sub-0\nmessage-id:1\ndestination:/q\n\n${text.split('\n\n')[1]}`,
  DISCONNECT: (text) => `RECEIPT\nreceipt-id:${/receipt:(.+)/.exec(text)[1]}\n\n\0`,
}
const server = await serve(
  (socket) =>
    socket.on('message', (data) => {
      const text = data.toString()
      const reply = REPLIES[text.split('\n')[0]]?.(text)
      if (reply !== undefined) socket.send(reply)
    }),
  { handleProtocols: () => 'v12.stomp' },
)

async function exchange(Class) {
  const ended = new Promise((resolve) => {
    const client = new Client({
      webSocketFactory: () => new Class(server.url, ['v12.stomp']),
      reconnectDelay: 0,
      onConnect() {
        client.subscribe('/q', ({ body }) => {
          console.log(body)
          client.deactivate()
        })
        client.publish({ destination: '/q', body: 'hello' })
      },
      onWebSocketClose: ({ code, wasClean }) => resolve(`${code} ${wasClean}`),
    })
    client.activate()
  })
  console.log(await ended)
}

await exchange(WebSocket)
await exchange(globalThis.WebSocket ?? WebSocket)
server.close()
