/** Echo on many connections of one process. */

import { type Case, cellsOf, isCurrent } from './case.js'

export const connections: Case = {
  name: 'connections',
  title: 'Echo, 100 and 1000 connections',
  about:
    'One process has 100 connections, with one or ten messages in flight on each, or 1000 with one. `floor` waits in one epoll for all of them.',
  cells: [
    ...cellsOf(['requestResponse', 'pipelined'], [512, 16_384], { kind: 'binary', connections: 100 }),
    ...cellsOf(['requestResponse'], [512], { kind: 'binary', connections: 1000 }),
  ],
  takesPart: (contender) => contender.group === 'floor' || isCurrent(contender),
  rounds: 3,
  // In 30 ms, a JavaScript engine was still compiling: websocket-rs took three times the CPU time a message on Node 20.
  milliseconds: 300,
}
