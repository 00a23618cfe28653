/**
 * A chat gateway that ends connections now and then: each new connection resumes after the last event that was received,
 * so that none is missed or seen twice.
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
let connections = 0
const missed: number[] = []

/** The URL of the next connection, which names the last event received. */
function resume(): URL {
  const next = new URL(url)
  if (last >= 0) next.searchParams.set('after', String(last))
  return next
}

for await (const ws of connect.forever(resume, { backoff: { initial: 10 } })) {
  connections += 1
  for await (const { id } of ws.json<Event>()) {
    if (id !== last + 1) missed.push(id)
    last = id
  }
  const { code, reason } = await ws.closed
  console.log(`closed with ${code} (${reason}) after event ${last}`)
  if (code === 1000) break
}
console.log(`${last + 1} events over ${connections} connections, ${missed.length} out of order`)
