// Receives while the allocation of memory fails. Prints how this connection and others end.
// Arguments: package, URL, the failure: a key of `failures`.

import { connect as connectSync } from 'websocket-rs/sync'

const [, , name, url, failure] = process.argv
const { connect } = await import(name)
const allocate = Buffer.allocUnsafeSlow
const other = connectSync(url)
let allocations = 0
const codes = new Set()

const failures = {
  'an allocation that fails'() {
    throw new RangeError('Array buffer allocation failed')
  },
  'an allocation that is too small': () => allocate(10),
  'a blocking call'(size) {
    try {
      other.recv({ timeout: 1000 })
    } catch (error) {
      codes.add(error.code)
    }
    return allocate(size)
  },
}

const ws = await connect(url)
// More data than one slab holds.
for (let count = 0; count < 8; count += 1) await ws.send(Buffer.alloc(60_000))
Buffer.allocUnsafeSlow = (size) => {
  allocations += 1
  return failures[failure](size)
}
let received = 0
try {
  for (; received < 8; received += 1) await ws.recv({ timeout: 10_000 })
} catch (error) {
  console.log(error.code, error.closeCode, error.cause?.code)
}
Buffer.allocUnsafeSlow = allocate
console.log(allocations > 0, received, ws.readyState, ...codes)
// Calls of other connections do not throw the exception again.
console.log(other.bufferedAmount, other.stats().messagesSent)
other.send('x')
console.log(other.recv())
const next = await connect(url)
await next.send('y')
console.log(await next.recv())
await next.close()
other.close()
if (ws.readyState === 1) await ws.close()
