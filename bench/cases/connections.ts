/** Echo on many connections of one process. */

import { type Case, cellsOf, isCurrent } from './case.js'

export const connections: Case = {
  name: 'connections',
  title: 'Echo, 100 connections',
  about: 'One process has 100 connections, with one or ten messages in flight on each.',
  cells: cellsOf(['requestResponse', 'pipelined'], [512, 16_384], { kind: 'binary', connections: 100 }),
  takesPart: isCurrent,
  rounds: 3,
  milliseconds: 30,
}
