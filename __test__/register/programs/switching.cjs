// Enables and disables the replacement while connections are open.

const { once } = require('node:events')

const isOurs = (ws) => Object.getOwnPropertySymbols(ws).some(({ description }) => description === 'client')

async function main() {
  const { enableMonkeypatch, disableMonkeypatch } = await import(process.env.REGISTER)
  const WebSocket = require('ws')
  const server = new WebSocket.Server({ port: 0 })
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(`${data}`)))
  await once(server, 'listening')
  const open = []

  const exchange = async () => {
    const Class = require('ws')
    const ws = new Class(`ws://127.0.0.1:${server.address().port}`)
    open.push(ws)
    await once(ws, 'open')
    const echoes = []
    for (const [at, each] of open.entries()) {
      each.send(`${at}`)
      echoes.push(`${(await once(each, 'message'))[0]}`)
    }
    const [socket] = server.clients
    console.log(
      open.map(isOurs).join(),
      echoes.join(),
      open.every((each) => each instanceof Class && each instanceof WebSocket),
      [ws, socket].every((each) => each.constructor === Class && !('then' in each)),
    )
  }

  await exchange()
  disableMonkeypatch()
  disableMonkeypatch()
  await exchange()
  enableMonkeypatch()
  enableMonkeypatch()
  await exchange()
  for (const ws of open) {
    ws.close()
    await once(ws, 'close')
  }
  server.close()
}

main()
