/** Many idle connections. */

import { type Case, isOnNode } from './case.js'

/** Variants of websocket-rs whose idle connections do not differ. */
const SAME = /^websocket-rs-(recv|no-busy-poll|reuse-memory|sync-reuse-memory)@/
const PYTHON = /^python-(websocket_rs|picows)/

export const idle: Case = {
  name: 'idle',
  title: '10 000 idle connections',
  about:
    'The client opens 100 connections at a time (the blocking clients one at a time), then leaves all of them idle for a second. Memory is the resident memory of the process: its growth per connection, and its total. Times are per connection.',
  cells: [{ workload: 'idle', size: 0, kind: 'binary', connections: 10_000 }],
  takesPart: (contender) => (isOnNode(contender) && !SAME.test(contender.id)) || PYTHON.test(contender.id),
  placement: 'two cores',
  rounds: 3,
  milliseconds: 30,
}
