// Closes a connection, and prints the states that it has at the end. Arguments: a URL, closeTimeout in ms, what is done.

import { connect } from 'websocket-rs'

const [, , url, closeTimeout, what] = process.argv
const ws = await connect(url, { closeTimeout: Number(closeTimeout), pingInterval: 0 })
const close = () => void ws.close().then(() => console.log(`closed ${ws.closeCode}`))

if (what === 'unref, close') ws.unref()
if (what !== 'unref') close()
if (what === 'close, unref') ws.unref()
if (what === 'unref') {
  // Waits for the close frame of the peer.
  await ws.recv().catch(() => {})
  ws.unref()
}
process.on('exit', () => console.log(`state ${ws.readyState}`))
