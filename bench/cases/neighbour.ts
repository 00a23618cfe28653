/** A core that is not ours alone. */

import { type Case, cellsOf } from './case.js'
import { showsWaiting } from './waiting.js'

export const neighbour: Case = {
  name: 'neighbour',
  title: 'Beside a busy neighbour',
  about:
    "Another process is busy on the client's core all the time. A client that gives way while it waits awake hands it the core for milliseconds each time. `websocket-rs-asleep` is `busyPoll: false`.",
  cells: cellsOf(['requestResponse', 'window'], [64, 4096]),
  takesPart: showsWaiting,
  placement: 'two cores',
  neighbour: true,
  rounds: 7,
  milliseconds: 200,
}
