// Throws, uncaught, where a message is handled.

import { connect } from 'websocket-rs'

const [, , url, where] = process.argv
const ws = await connect(url)
await ws.send('x')

function fail() {
  throw new Error('thrown on purpose')
}

const places = {
  continuation: () => ws.recv().then(fail),
  microtask: () => ws.recv().then(() => queueMicrotask(fail)),
  tick: () => ws.recv().then(() => process.nextTick(fail)),
  iteration: async () => {
    for await (const _ of ws) fail()
  },
}

void places[where]()
