/** Echo while another process keeps the client's core busy. */

import { type Case, cellsOf } from './case.js'
import { showsWaiting } from './waiting.js'

export const neighbour: Case = {
  name: 'neighbour',
  title: 'Echo with a busy neighbour process',
  about:
    "Another process keeps the client's core busy. If a client yields while it busy-polls, that process gets the core for milliseconds. `websocket-rs-no-busy-poll` has `busyPoll: false`.",
  cells: cellsOf(['requestResponse', 'pipelined'], [64, 4096]),
  takesPart: showsWaiting,
  placement: 'two cores',
  neighbour: true,
  rounds: 7,
  milliseconds: 200,
}
