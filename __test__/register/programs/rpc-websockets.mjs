// rpc-websockets: a call and a notification.

import { Client, Server } from 'rpc-websockets'

const server = new Server({ port: 0, host: '127.0.0.1' })
await new Promise((resolve) => server.on('listening', resolve))
server.register('sum', ([a, b]) => a + b)
server.event('news')
const client = new Client(`ws://127.0.0.1:${server.wss.address().port}`, { reconnect: false })
await new Promise((resolve) => client.on('open', resolve))
console.log(await client.call('sum', [5, 3]))
await client.subscribe('news')
const news = new Promise((resolve) => client.on('news', resolve))
server.emit('news', 'rain')
console.log(await news)
const closed = new Promise((resolve) => client.on('close', resolve))
client.close()
console.log(await closed)
await server.close()
