// Connects once with each API and prints nothing. The optional second argument is the value of SSLKEYLOGFILE.
import { connect } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'

const [url, log] = process.argv.slice(2)
if (log !== undefined) process.env.SSLKEYLOGFILE = log
const options = { tls: { rejectUnauthorized: false } }
connectBlocking(url, options).close()
await (await connect(url, options)).close()
