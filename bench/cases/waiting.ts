/** Waiting for rare messages, which must cost no more CPU time with busy-polling than without. */

import type { Contender } from '../runner/contenders.js'
import { type Case, cellsOf, isCurrent, isOnNode, isWithoutBusyPoll } from './case.js'

/** Whether a contender shows the effect of busy-polling: websocket-rs with and without it, and ws. */
export function showsWaiting(contender: Contender): boolean {
  const isPlain = /^(websocket-rs|ws)@/.test(contender.id)
  return isOnNode(contender) && (isWithoutBusyPoll(contender) || (isPlain && isCurrent(contender)))
}

export const waiting: Case = {
  name: 'waiting',
  title: 'Waiting for rare messages',
  about:
    'A peer that replies slowly, a message now and then, and no message at all. The figure to compare is CPU time, per message or per half second; x is about wall time. `websocket-rs-no-busy-poll` has `busyPoll: false`.',
  cells: cellsOf(['slow', 'sparse', 'silent'], [64]),
  takesPart: showsWaiting,
  placement: 'two cores',
  rounds: 7,
  milliseconds: 1000,
}
