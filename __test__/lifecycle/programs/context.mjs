// Counts wrong AsyncLocalStorage contexts of several callers, each with a connection of its own and with a shared one.

import { AsyncLocalStorage } from 'node:async_hooks'
import { connect } from 'websocket-rs'

const storage = new AsyncLocalStorage()
const url = process.argv[2]
const shared = await connect(url)
let wrong = 0

function check(name) {
  if (storage.getStore() !== name) wrong += 1
}

async function caller(name) {
  const own = await connect(url)
  check(name)
  for (let round = 0; round < 20; round += 1) {
    await own.send(name)
    check(name)
    await own.recv()
    check(name)
    await shared.send(name)
    await shared.recv()
    check(name)
    await own.ping()
    check(name)
  }
  await own.close()
  check(name)
}

const names = ['a', 'b', 'c', 'd']
await Promise.all(names.map((name) => storage.run(name, () => caller(name))))
check(undefined)
await shared.close()
console.log(`wrong ${wrong}`)
