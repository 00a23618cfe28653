/**
 * A chat client whose server restarts now and then: each connection resumes after the last event that was received, so
 * that no event is missed or received twice.
 *
 *     node build/examples/chat-resume.mjs ws://localhost:8080/chat
 */

import { connect } from 'websocket-rs'

interface Event {
  id: number
  text: string
}

const [url = 'ws://localhost:8080/chat'] = process.argv.slice(2)

let last = -1
let received = 0
let connections = 0

/** Returns the URL of the next connection, which names the last event. */
function resume(): URL {
  const next = new URL(url)
  if (last >= 0) next.searchParams.set('after', String(last))
  return next
}

// The first attempt after a failure waits 10 ms instead of 100, as this server restarts quickly.
for await (const ws of connect.forever(resume, { backoff: { initial: 10 } })) {
  connections += 1
  for await (const event of ws.json<Event>()) {
    if (event.id !== last + 1) console.error(`event ${event.id} follows ${last}`)
    last = event.id
    received += 1
  }
  const { code } = await ws.closed
  console.log(`closed with code ${code} after event ${last}`)
  if (code === 1000) break
}
console.log(`${received} events over ${connections} connections`)
