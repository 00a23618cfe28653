/** Sending only. */

import { type Case, cellsOf, isCurrent } from './case.js'

export const sink: Case = {
  name: 'sink',
  title: 'Sink: the client floods',
  about:
    'The client sends as fast as its own back-pressure allows. A pass ends when the server reports that it has received everything.',
  cells: cellsOf(['sink'], [64, 512, 4096, 65_536]),
  takesPart: (contender) => contender.group === 'floor' || isCurrent(contender),
  rounds: 3,
  milliseconds: 30,
}
