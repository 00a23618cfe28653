// While a batch of one connection is delivered, user code blocks on another connection: in an async hook on promises,
// or in a getter of `then`, which resolving a promise reads. Prints the numbers of correct and wrong messages.
// Arguments: URL, 'hook' or 'getter', reuseMemory, 'binary' or 'text'.

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

  check(message) {
    const expected = filled(this.name, this.right + this.wrong)
    if (kind === 'text' ? message === expected : message.equals(expected)) this.right += 1
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
  for (let count = 0; count < 2; count += 1) inside.check(inner.recv())
  isBusy = false
}

const ws = await connect(url, options)
await ws.sendMany(Array.from({ length: COUNT }, (_, number) => filled('outside', number)))
if (how === 'getter') Object.defineProperty(Buffer.prototype, 'then', { get: interrupt, configurable: true })
else createHook({ init() {}, promiseResolve: interrupt }).enable()
while (outside.right + outside.wrong < COUNT) {
  isBusy = false
  const batch = await ws.recvMany()
  isBusy = true
  for (const message of batch) outside.check(message)
}
ws.terminate()
inner.terminate()
console.log(
  JSON.stringify({ outside: [outside.right, outside.wrong], inside: inside.wrong, some: inside.right > 0 }),
)
