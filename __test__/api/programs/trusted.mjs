// Connects with Node's trusted roots, among them those of NODE_EXTRA_CA_CERTS. Node reads the variable when it starts,
// so the program starts itself again with it.
import { spawnSync } from 'node:child_process'
import { connect } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'

const [url, authority] = process.argv.slice(2)
if (authority !== undefined) {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: authority }
  const { status } = spawnSync(process.execPath, [process.argv[1], url], { env, stdio: 'inherit' })
  process.exit(status)
}

const blocking = connectBlocking(url)
blocking.send('x')
console.log('blocking', blocking.recv())
blocking.close()

const ws = await connect(url)
await ws.send('x')
console.log('promise', await ws.recv())
await ws.close()
