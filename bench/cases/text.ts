/** Echo of text. */

import { type Case, cellsOf, ECHOES, isCurrent } from './case.js'

export const text: Case = {
  name: 'text',
  title: 'Echo, text',
  about: 'Strings are sent and strings received: encoding, the check of UTF-8 and decoding are part of it.',
  cells: cellsOf(ECHOES, [512, 4096, 65_536], { kind: 'text', connections: 1 }),
  takesPart: isCurrent,
  placement: 'two cores',
  rounds: 3,
  milliseconds: 30,
}
