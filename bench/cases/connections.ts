/** Echo on many connections of one process. */

import { type Case, cellsOf, isCurrent } from './case.js'

export const connections: Case = {
  name: 'connections',
  title: 'Echo, 100 connections',
  about: 'One process holds 100 connections, with one message under way on each, or ten.',
  cells: cellsOf(['requestResponse', 'window'], [512, 16_384], { kind: 'binary', connections: 100 }),
  takesPart: isCurrent,
  rounds: 3,
  milliseconds: 30,
}
