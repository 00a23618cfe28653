// websocket-as-promised: a request with a number, and the event of the end.

const WebSocket = require('ws')
const WebSocketAsPromised = require('websocket-as-promised')

async function main() {
  const { answering, serve } = await import('./scripted-server.mjs')
  const server = await serve(answering((value) => ({ ...value, b: 2 })))
  const ws = new WebSocketAsPromised(server.url, {
    createWebSocket: (url) => new WebSocket(url),
    extractMessageData: (event) => event,
    packMessage: (value) => JSON.stringify(value),
    unpackMessage: (data) => JSON.parse(data),
    attachRequestId: (value, id) => ({ ...value, id }),
    extractRequestId: (value) => value?.id,
  })
  await ws.open()
  console.log(await ws.sendRequest({ a: 1 }, { requestId: 5 }))
  console.log(await ws.close())
  server.close()
}

main()
