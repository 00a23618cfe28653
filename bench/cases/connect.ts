/** Opening and closing. */

import { type Case, isCurrent } from './case.js'

export const connect: Case = {
  name: 'connect',
  title: 'Connecting',
  about:
    'TCP, upgrade and the whole closing handshake, one connection after another. Times are for one connection.',
  cells: [{ work: 'connect', size: 0, kind: 'binary', connections: 1 }],
  takesPart: isCurrent,
  rounds: 3,
  milliseconds: 150,
}
