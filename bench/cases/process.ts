/** Whole processes: short programs, which are most of what people run. */

import { type Case, cellsOf, isCurrent } from './case.js'

/** Receives by `recv()` with one message in flight, as `websocket-rs` does. */
const SAME = /^websocket-rs-recv@/

export const wholeProcess: Case = {
  name: 'process',
  title: 'A whole process',
  about:
    'A program that loads the library, connects, sends messages of 64 bytes and waits for the echo of each, closes the connection and exits. Times are in microseconds for the whole process, from its start to its exit.',
  cells: cellsOf(['process1', 'process100', 'process10000'], [64]),
  takesPart: (contender) => process.platform !== 'win32' && isCurrent(contender) && !SAME.test(contender.id),
  rounds: 5,
  milliseconds: 200,
}
