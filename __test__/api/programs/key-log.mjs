// Connects once on each API and says nothing. A second argument is where SSLKEYLOGFILE has to point.
import { connect } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'

const [url, log] = process.argv.slice(2)
if (log !== undefined) process.env.SSLKEYLOGFILE = log
const options = { tls: { rejectUnauthorized: false } }
connectBlocking(url, options).close()
await (await connect(url, options)).close()
