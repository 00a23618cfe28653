/** How long a message is on its way, each way. */

import { type Case, cellsOf, isCurrent } from './case.js'

export const oneWay: Case = {
  name: 'one-way',
  title: 'One way, by the times of the server',
  about:
    'The server puts before each echo when it received the message and when it sent the echo, on the clock the client reads too. Wall time is the whole round trip, one message under way.',
  cells: cellsOf(['oneWay'], [512, 1024, 4096, 16_384, 65_536]),
  takesPart: isCurrent,
  placement: 'two cores',
  rounds: 3,
  milliseconds: 30,
}
