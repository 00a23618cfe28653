// Makes a call that fails and does not await it. Prints the close code, and the error that an awaiting caller gets.

import { connect } from 'websocket-rs'

const [url, kind] = process.argv.slice(2)

const calls = {
  send: (ws) => ws.send('x'),
  sendMany: (ws) => ws.sendMany(['x']),
  sendJSON: (ws) => ws.sendJSON({}),
  ping: (ws) => ws.ping(),
  flush: (ws) => ws.flush(),
}

/** Fills a peer that does not read until a send has to wait. */
async function full(options) {
  const ws = await connect(`${url}/deaf`, { highWaterMark: 1024, ...options })
  while (ws.trySend(Buffer.alloc(64 * 1024)));
  return ws
}

async function over(ws) {
  ws.terminate()
  await ws.closed
  return ws
}

if (kind === 'data') {
  const ws = await connect(url)
  ws.send(5)
} else if (kind === 'timeout') {
  const ws = await full({ sendTimeout: 50 })
  ws.send('waits')
} else {
  const call = calls[kind] ?? calls.send
  const ws = kind === 'waiting' ? await full() : await over(await connect(url))
  call(ws)
  const awaited = call(ws)
  if (kind === 'waiting') ws.terminate()
  // The rejection is handled late, as a program does that stores the promise.
  await new Promise((resolve) => setTimeout(resolve, 50))
  console.log((await ws.closed).code)
  await awaited.catch((error) => console.log(error.code))
}
