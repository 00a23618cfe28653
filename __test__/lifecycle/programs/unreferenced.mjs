// Leaves an open connection behind that does not hold the process, with a recv() that waits or none.

import { connect, url } from './face.mjs'

const ws = await connect(url)
await ws.send('x')
console.log(await ws.recv())
ws.unref()
if (process.argv[4] === 'waiting') void ws.recv().then(console.log, console.log)
process.on('exit', () => console.log(`state ${ws.readyState}`))
