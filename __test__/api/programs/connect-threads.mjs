// Connects, and prints the names of this package's threads that have been started. Arguments: URL.

import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'websocket-rs'

const ws = await connect(process.argv[2])
const tasks = readdirSync('/proc/self/task')
const names = tasks.map((task) => readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim())
console.log(names.filter((name) => name.startsWith('websocket-rs')).join() || 'none')
await ws.close()
