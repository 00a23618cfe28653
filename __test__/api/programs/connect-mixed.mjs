// Connects to an address, which ends at once, and to a name, which takes longer. Arguments: the two URLs.

import { connect } from 'websocket-rs'

const [address, name] = process.argv.slice(2)
const slow = connect(name)
const fast = await connect(address)
fast.terminate()
console.log('fast')
const ws = await slow
console.log('slow')
ws.terminate()
