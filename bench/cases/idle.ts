/** Many connections that do nothing. */

import { type Case, isOnNode } from './case.js'

/** Whatever becomes of its messages, an idle connection of ours is the same. */
const SAME = /^websocket-rs-(recv|asleep|reuse|sync-reuse)@/
const PYTHON = /^python-(websocket_rs|picows)/

export const idle: Case = {
  name: 'idle',
  title: '10 000 idle connections',
  about:
    'Opened a hundred at a time (by the blocking clients one after another), then left alone for a second. Memory is what the process has resident: its growth for each connection, and all of it. Times are for one connection.',
  cells: [{ work: 'idle', size: 0, kind: 'binary', connections: 10_000 }],
  takesPart: (contender) => (isOnNode(contender) && !SAME.test(contender.id)) || PYTHON.test(contender.id),
  placement: 'two cores',
  rounds: 3,
  milliseconds: 30,
}
