// Opens and closes a connection with each API, then fails to connect.
import { connect } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'

const url = process.argv[2].replace('//', '//user:password@')
const ws = await connect(url)
await ws.close(4000, 'done')
connectBlocking(url).close()
await connect(`${url}/status/404`).catch(() => {})
