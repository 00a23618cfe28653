// Connects, echoes a text and a binary message, and closes. Then nothing keeps the process alive.

import { connect, url } from './arguments.mjs'

const ws = await connect(url)
await ws.send('text')
console.log(await ws.recv())
await ws.send(Buffer.from('binary'))
console.log(String(await ws.recv()))
await ws.close()
console.log(`closed ${ws.closeCode}`)
