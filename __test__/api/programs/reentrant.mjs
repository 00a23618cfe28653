// While a batch of one connection is handed over, code of the program's blocks on another: in a hook on promises, or
// in a getter of `then` that resolving looks for. Prints how many messages of each came as they should, and how many
// did not.

import { createHook } from 'node:async_hooks'
import { connect } from 'websocket-rs'
import { connect as connectSync } from 'websocket-rs/sync'

const [, , url, how, reuse, kind] = process.argv
const options = { reuseMemory: reuse === 'true', receiveQueue: { bytes: 0 }, highWaterMark: 0 }
const COUNT = 400

const size = (number) => 1 + ((number * 7919) % 60_000)
const filled = (name, number) => {
  const bytes = Buffer.alloc(size(number), `<${name}${number}>`)
  return kind === 'text' ? bytes.toString() : bytes
}

class Checked {
  right = 0
  wrong = 0

  constructor(name) {
    this.name = name
  }

  look(message) {
    const wanted = filled(this.name, this.right + this.wrong)
    if (kind === 'text' ? message === wanted : message.equals(wanted)) this.right += 1
    else this.wrong += 1
  }
}

const inner = connectSync(url, options)
const [outside, inside] = [new Checked('outside'), new Checked('inside')]
let isBusy = true

function interrupt() {
  if (isBusy || inside.right + inside.wrong === COUNT) return
  isBusy = true
  const number = inside.right + inside.wrong
  inner.sendMany([filled('inside', number), filled('inside', number + 1)])
  for (let count = 0; count < 2; count += 1) inside.look(inner.recv())
  isBusy = false
}

const ws = await connect(url, options)
await ws.sendMany(Array.from({ length: COUNT }, (_, number) => filled('outside', number)))
if (how === 'then') Object.defineProperty(Buffer.prototype, 'then', { get: interrupt, configurable: true })
else createHook({ init() {}, promiseResolve: interrupt }).enable()
while (outside.right + outside.wrong < COUNT) {
  isBusy = false
  const batch = await ws.recvMany()
  isBusy = true
  for (const message of batch) outside.look(message)
}
ws.terminate()
inner.terminate()
console.log(
  JSON.stringify({ outside: [outside.right, outside.wrong], inside: inside.wrong, some: inside.right > 0 }),
)
