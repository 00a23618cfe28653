// Blocks in a call, listening for signals, and prints how the call ended. Arguments: a URL, the call, the signals.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { connect } from 'websocket-rs/sync'

const [, , url, call, ...signals] = process.argv

for (const signal of signals) {
  process.on(signal, () => {
    console.log(`handled ${signal}`)
    clearTimeout(keepAlive)
  })
}
// Keeps the process alive until a listener has run.
const keepAlive = signals.length > 0 ? setTimeout(() => {}, 5000) : undefined

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

/** Blocks within another blocked call, and prints how the inner call ended. */
function inner() {
  const ws = connect(url)
  console.log('blocked')
  try {
    ws.recv()
  } catch (error) {
    console.log(`inner ${error.message}`)
  }
  ws.terminate()
}

/** Blocks in `lookup` while the outer call connects. */
calls.lookup = () => {
  const lookup = (_host, _options, done) => {
    inner()
    done(new Error('no address'))
  }
  return connect(url.replace('127.0.0.1', 'name.test'), { lookup })
}

/** Blocks in a subscriber of `websocket-rs:close` while the outer call closes the connection. */
calls.subscriber = () => {
  const ws = connect(url.replace('/silent', '/echo'))
  subscribe('websocket-rs:close', function once() {
    unsubscribe('websocket-rs:close', once)
    inner()
  })
  return ws.close()
}

try {
  console.log(`returned ${calls[call]()}`)
} catch (error) {
  console.log(`threw ${error.code}: ${error.message}`)
  if (error.code === 'ERR_WS_INTERRUPTED' && !error.url?.startsWith('ws://')) console.log(`url: ${error.url}`)
}
