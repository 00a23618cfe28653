/** The event loop while many messages are queued and each takes work. */

import { type Case, cellsOf, isOnNode, isVariant } from './case.js'

const BLOCKING = /^websocket-rs-sync@/

export const loopWork: Case = {
  name: 'loop-work',
  title: 'Event loop with work for each message',
  about:
    'A server floods the client with JSON texts, the client parses each of them. How late a 1 ms timer fires, and the CPU time of the JavaScript thread alone. `websocket-rs` receives by `for await`, `websocket-rs-recv` by `recv()`, both with a receive queue of the default size; the others call a listener. Node only.',
  cells: cellsOf(['loopWork'], [128], { kind: 'text', connections: 1 }),
  takesPart: (contender) => isOnNode(contender) && !isVariant(contender) && !BLOCKING.test(contender.id),
  rounds: 5,
  milliseconds: 1000,
}
