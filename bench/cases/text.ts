/** Echo of text. */

import { type Case, cellsOf, ECHOES, isCurrent } from './case.js'

export const text: Case = {
  name: 'text',
  title: 'Echo, text',
  about: 'Messages are strings; the time includes encoding, UTF-8 validation and decoding.',
  cells: cellsOf(ECHOES, [512, 4096, 65_536], { kind: 'text', connections: 1 }),
  takesPart: isCurrent,
  placement: 'two cores',
  rounds: 3,
  milliseconds: 30,
}
