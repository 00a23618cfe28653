/** What messages leave of the event loop. */

import { type Case, cellsOf, isAsleep, isCurrent, isOnNode } from './case.js'

export const loop: Case = {
  name: 'loop',
  title: 'The event loop under load',
  about:
    'How late a timer of 1 ms is while messages are under way all the time, a hundred of them or one, and the CPU time of the JavaScript thread alone, without the collectors and compilers of other threads. Node only.',
  cells: [...cellsOf(['loop'], [64, 4096, 65_536]), ...cellsOf(['loopSingle'], [64])],
  takesPart: (contender) => isOnNode(contender) && (isCurrent(contender) || isAsleep(contender)),
  placement: 'two cores',
  rounds: 5,
  // In less than that, half of what is late is Node's compiler, whose threads share the core that the client is pinned to.
  milliseconds: 1000,
}
