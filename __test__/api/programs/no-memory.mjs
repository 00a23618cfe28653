// JavaScript has no memory for what arrives. Prints what becomes of the connection, and of others.
// Arguments: the package, a URL, what happens where memory is asked for.

import { connect as connectSync } from 'websocket-rs/sync'

const [, , name, url, what] = process.argv
const { connect } = await import(name)
const allocate = Buffer.allocUnsafeSlow
const other = connectSync(url)
let asked = 0
const refused = new Set()

const failures = {
  'an allocation that fails'() {
    throw new RangeError('Array buffer allocation failed')
  },
  'a memory that is too small': () => allocate(10),
  'a blocking call'(size) {
    try {
      other.recv({ timeout: 1000 })
    } catch (error) {
      refused.add(error.code)
    }
    return allocate(size)
  },
}

const ws = await connect(url)
// More than one slab holds.
for (let count = 0; count < 8; count += 1) await ws.send(Buffer.alloc(60_000))
Buffer.allocUnsafeSlow = (size) => {
  asked += 1
  return failures[what](size)
}
let received = 0
try {
  for (; received < 8; received += 1) await ws.recv({ timeout: 10_000 })
} catch (error) {
  console.log(error.code, error.closeCode, error.cause?.code)
}
Buffer.allocUnsafeSlow = allocate
console.log(asked > 0, received, ws.readyState, ...refused)
// What was thrown is not thrown again by a call that has nothing to do with it.
console.log(other.bufferedAmount, other.stats().messagesSent)
other.send('x')
console.log(other.recv())
const next = await connect(url)
await next.send('y')
console.log(await next.recv())
await next.close()
other.close()
if (ws.readyState === 1) await ws.close()
