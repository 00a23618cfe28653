/** The event loop while a program works on queued messages. */

import { type Case, cellsOf, isOnNode, isVariant } from './case.js'

const BLOCKING = /^websocket-rs-sync@/

export const loopWork: Case = {
  name: 'loop-work',
  title: 'Event loop with work for each message',
  about:
    'A server floods the client with JSON texts, and the client parses each. `websocket-rs` takes them by `for await`, `websocket-rs-recv` by `recv()`, once 100 000 (10 000 of 1 KiB) are queued; the others have no queue and call a listener. How late a 1 ms timer fires, and the CPU time of the JavaScript thread alone. Node only.',
  cells: cellsOf(['loopWork'], [64, 1024], { kind: 'text', connections: 1 }),
  takesPart: (contender) => isOnNode(contender) && !isVariant(contender) && !BLOCKING.test(contender.id),
  rounds: 5,
  milliseconds: 1000,
}
