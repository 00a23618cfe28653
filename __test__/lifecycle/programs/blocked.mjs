// Blocks in the call it is told, listening for the signals it is told, and says how the call ended.

import { connect } from 'websocket-rs/sync'

const [, , url, call, ...signals] = process.argv

for (const signal of signals) {
  process.on(signal, () => {
    console.log(`heard ${signal}`)
    clearTimeout(stay)
  })
}
// Long enough for the listener to run, and unneeded once it has.
const stay = signals.length > 0 ? setTimeout(() => {}, 5000) : undefined

const calls = {
  connect: () => {
    console.log('blocked')
    return connect(url).protocol
  },
  recv: () => {
    const ws = connect(url)
    ws.send('answer')
    console.log('blocked')
    return ws.recv()
  },
  iteration: () => {
    const ws = connect(url)
    console.log('blocked')
    for (const message of ws) return message
  },
  send: () => {
    const ws = connect(url, { highWaterMark: 65_536 })
    console.log('blocked')
    for (;;) ws.send(Buffer.alloc(65_536))
  },
  ping: () => {
    const ws = connect(url)
    console.log('blocked')
    return ws.ping()
  },
  close: () => {
    const ws = connect(url)
    console.log('blocked')
    return ws.close()
  },
}

try {
  console.log(`returned ${calls[call]()}`)
} catch (error) {
  console.log(`threw ${error.code}`)
}
