/** Receiving only. */

import { type Case, cellsOf, isCurrent } from './case.js'

export const source: Case = {
  name: 'source',
  title: 'Source: the server floods',
  about: 'The server sends as fast as the socket accepts; the client only receives.',
  cells: cellsOf(['source'], [64, 512, 4096, 65_536]),
  takesPart: (contender) => contender.group === 'floor' || isCurrent(contender),
  rounds: 3,
  milliseconds: 30,
}
