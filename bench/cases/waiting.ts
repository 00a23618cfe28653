/** What waiting awake costs where it does not pay. */

import type { Contender } from '../runner/contenders.js'
import { type Case, cellsOf, isAsleep, isCurrent, isOnNode } from './case.js'

/** Ours with and without waiting awake, and those it is read against. */
export function showsWaiting(contender: Contender): boolean {
  const isPlain = /^(websocket-rs|ws)@/.test(contender.id)
  return isOnNode(contender) && (isAsleep(contender) || (isPlain && isCurrent(contender)))
}

export const waiting: Case = {
  name: 'waiting',
  title: 'Waiting',
  about:
    'A peer that takes its time, a message now and then, and none at all: what matters is CPU, for each message or each half second, and not x, which is of wall time. `websocket-rs-asleep` is `busyPoll: false`.',
  cells: cellsOf(['slow', 'sparse', 'silent'], [64]),
  takesPart: showsWaiting,
  placement: 'two cores',
  rounds: 7,
  milliseconds: 1000,
}
