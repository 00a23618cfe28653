/** The event loop under load. */

import { type Case, cellsOf, isCurrent, isOnNode, isWithoutBusyPoll } from './case.js'

export const loop: Case = {
  name: 'loop',
  title: 'Event loop under load',
  about:
    'How late a 1 ms timer fires with 100 messages or one in flight, and the CPU time of the JavaScript thread alone, without the threads of the garbage collector and the compiler. Node only.',
  cells: [...cellsOf(['loop'], [64, 4096, 65_536]), ...cellsOf(['loopSingle'], [64])],
  takesPart: (contender) => isOnNode(contender) && (isCurrent(contender) || isWithoutBusyPoll(contender)),
  placement: 'two cores',
  rounds: 5,
  // In shorter runs, half of the delay comes from the threads of Node's compiler, which share the client's core.
  milliseconds: 1000,
}
