// Throws an uncaught error while it handles a message. Arguments: a URL, the place.

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
