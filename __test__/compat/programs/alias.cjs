// Runs the suite of `ws` on `websocket-rs/ws`: loaded before mocha, in a checkout of `ws`. Requests of the test files for
// `..` get our module; the server, `Sender` and `Receiver` in it are those of the checkout.

const assert = require('node:assert')
const Module = require('node:module')
const { join, resolve } = require('node:path')

const checkout = process.cwd()
const ours = resolve(__dirname, '../../../dist/ws.js')
const tests = join(checkout, 'test')

const load = Module._load
Module._load = function (request, parent, ...rest) {
  // The classes of the server are those of the checkout, not those of the installed package.
  if (request === 'ws') return load.call(this, checkout, parent, ...rest)
  const asked = parent?.path === tests ? request : ''
  if (asked === '..') return load.call(this, ours, parent, ...rest)
  if (asked === '../lib/stream') return load.call(this, ours, parent, ...rest).createWebSocketStream
  if (asked === '../lib/event-target')
    return { ...load.call(this, request, parent, ...rest), ...eventClasses() }
  if (asked === '../lib/constants')
    return { ...load.call(this, request, parent, ...rest), kListener: listenerKey() }
  return load.call(this, request, parent, ...rest)
}

const nothing = () => {}

function makeClient() {
  const WebSocket = require(ours)
  const client = new WebSocket('ws://localhost', { lookup: nothing })
  client.on('error', nothing)
  client.close()
  return client
}

/** The classes of our events, which `ws` does not export either. */
function eventClasses() {
  const client = makeClient()
  const classes = {}
  for (const type of ['open', 'message', 'close', 'error'])
    client.addEventListener(
      type,
      (event) => {
        classes[type] = event.constructor
      },
      { once: true },
    )
  client.emit('open')
  client.emit('message', Buffer.alloc(0), false)
  client.emit('close', 1000, Buffer.alloc(0))
  client.emit('error', new Error())
  return {
    Event: classes.open,
    MessageEvent: classes.message,
    CloseEvent: classes.close,
    ErrorEvent: classes.error,
  }
}

/** The key under which a listener holds what `addEventListener` was given. */
function listenerKey() {
  const client = makeClient()
  client.addEventListener('open', nothing)
  const [listener] = client.listeners('open')
  return Object.getOwnPropertySymbols(listener).find((key) => listener[key] === nothing)
}

// Tests compare the reason of a close with the one empty Buffer of `ws`, which it does not export.
const { strictEqual } = assert
assert.strictEqual = (actual, expected, ...rest) => {
  const areEmpty = [actual, expected].every((value) => Buffer.isBuffer(value) && value.length === 0)
  if (!areEmpty) strictEqual(actual, expected, ...rest)
}
