/** Echo on one connection, the case of most targets. */

import { type Case, cellsOf, ECHOES } from './case.js'

export const echo: Case = {
  name: 'echo',
  title: 'Echo, binary, one connection',
  about: 'The server returns each message.',
  cells: cellsOf(ECHOES, [64, 512, 1024, 4096, 16_384, 65_536, 1_048_576]),
  rounds: 5,
  milliseconds: 60,
}
