// Keeps only a connection with a full receive queue, on which a ping times out because nothing is read.
// Arguments: a URL, `referenced`, `unreferenced` or `again` (unreferenced and referenced again).

import { connect } from 'websocket-rs'

const [, , url, how] = process.argv

void connect(url, { receiveQueue: { bytes: 1 } }).then(async (ws) => {
  await ws.send('kept')
  await new Promise((resolve) => setTimeout(resolve, 200))
  if (how === 'unreferenced') ws.unref()
  if (how === 'again') ws.unref().ref()
  // This timer does not keep the process alive.
  setTimeout(async () => {
    await ws.ping(undefined, { timeout: 100 }).catch(({ code }) => console.log(code))
    console.log(await ws.recv())
    await ws.close()
  }, 500).unref()
})
