/** Times to the server and back. */

import { type Case, cellsOf, isCurrent } from './case.js'

export const oneWay: Case = {
  name: 'one-way',
  title: 'One-way times',
  about:
    'The server puts two timestamps before each echo: when it received the message and when it sent the echo, on the clock that the client reads too. Wall time is the whole round trip, with one message in flight.',
  cells: cellsOf(['oneWay'], [512, 1024, 4096, 16_384, 65_536]),
  takesPart: isCurrent,
  placement: 'two cores',
  rounds: 3,
  milliseconds: 30,
}
