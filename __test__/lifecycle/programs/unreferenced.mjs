// Leaves an unreferenced connection open, with a pending recv() if the third argument is `waiting`.

import { connect, url } from './arguments.mjs'

const ws = await connect(url)
await ws.send('x')
console.log(await ws.recv())
ws.unref()
if (process.argv[4] === 'waiting') void ws.recv().then(console.log, console.log)
process.on('exit', () => console.log(`state ${ws.readyState}`))
