// Connections that end in every way there is, one after the other. Arguments: the URL of the peer, a script that fails.

import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'websocket-rs'

const [url, failing] = process.argv.slice(2)

for (let round = 0; round < 5; round++) {
  const ws = await connect(`${url}/echo`, { busyPoll: false })
  for (let count = 0; count < 20; count++) {
    await ws.send(`message ${count}`)
    if ((await ws.recv({ timeout: 5000 })) !== `message ${count}`) throw new Error('another message came')
    // The loop has to be told of the next one.
    await sleep(1)
  }
  await ws.close()
}
console.log('closed')

for (let round = 0; round < 5; round++) {
  const ws = await connect(`${url}/echo`)
  ws.terminate()
}
console.log('terminated')

for (let round = 0; round < 5; round++) {
  const ws = await connect(failing)
  await ws.recv().catch((error) => error.code)
}
console.log('failed')

for (let round = 0; round < 5; round++) {
  const ws = await connect(`${url}/deaf`, { pingInterval: 10, pingTimeout: 20 })
  await ws.recv().catch((error) => error.code)
}
console.log('lost')

// Left to the end of the environment.
for (let round = 0; round < 5; round++) (await connect(`${url}/echo`)).unref()
