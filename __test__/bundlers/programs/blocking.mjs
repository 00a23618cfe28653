// Sends a message through the blocking API and prints what comes back. Last argument: the URL of an echo server.
import { connect } from 'websocket-rs/sync'

const ws = connect(process.argv.at(-1))
ws.send('blocking')
console.log(JSON.stringify([ws.recv()]))
ws.close()
