// Prints when the native library is loaded.

const report = (when) => {
  const files = Object.keys(require.cache).filter((file) => /websocket-rs[^/\\]*\.node$/.test(file))
  console.log(when, files.length)
}

const WebSocket = require('ws')
report('ws is loaded')
const server = new WebSocket.Server({ port: 0 }, () => {
  report('a server listens')
  const ws = new WebSocket(`ws://127.0.0.1:${server.address().port}`)
  report('a client is made')
  ws.on('open', () => ws.close())
  ws.on('close', () => server.close())
})
