// Has an open connection whose receive queue is full and nothing else: it stays, and a ping runs out of time.

import { connect } from 'websocket-rs'

const [, , url, how] = process.argv

void connect(url, { receiveQueue: { bytes: 1 } }).then(async (ws) => {
  await ws.send('kept')
  await new Promise((resolve) => setTimeout(resolve, 200))
  if (how === 'unreferenced') ws.unref()
  if (how === 'again') ws.unref().ref()
  // A timer that the process would not stay for.
  setTimeout(async () => {
    await ws.ping(undefined, { timeout: 100 }).catch(({ code }) => console.log(code))
    console.log(await ws.recv())
    await ws.close()
  }, 500).unref()
})
