// Ends connections in every way, one after another. Arguments: the URL of the peer, the URL of a script that breaks the
// protocol.

import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'websocket-rs'

const [url, failing] = process.argv.slice(2)

for (let round = 0; round < 5; round++) {
  const ws = await connect(`${url}/echo`, { busyPoll: false })
  for (let count = 0; count < 20; count++) {
    await ws.send(`message ${count}`)
    if ((await ws.recv({ timeout: 5000 })) !== `message ${count}`) throw new Error('received another message')
    // Lets the loop poll, so that it reports the next message.
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

// These stay open until the environment ends.
for (let round = 0; round < 5; round++) (await connect(`${url}/echo`)).unref()
