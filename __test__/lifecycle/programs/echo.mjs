// Connects, has a text and a binary message echoed, closes, and has nothing more to do.

import { connect, url } from './face.mjs'

const ws = await connect(url)
await ws.send('text')
console.log(await ws.recv())
await ws.send(Buffer.from('binary'))
console.log(String(await ws.recv()))
await ws.close()
console.log(`closed ${ws.closeCode}`)
