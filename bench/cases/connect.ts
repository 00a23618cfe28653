/** Opening and closing connections. */

import { type Case, isCurrent } from './case.js'

export const connect: Case = {
  name: 'connect',
  title: 'Connecting',
  about:
    'TCP connect, opening handshake and closing handshake, one connection after another, in a process that has opened 2000 before. Times are per connection.',
  cells: [{ workload: 'connect', size: 0, kind: 'binary', connections: 1 }],
  takesPart: isCurrent,
  rounds: 3,
  milliseconds: 300,
}
