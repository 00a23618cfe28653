/** Echo of JSON on many compressed connections of one process. */

import { type Case, COMPRESSED_SIZES, cellsOf, compresses } from './case.js'

export const compressedConnections: Case = {
  name: 'compressed-connections',
  title: 'Compressed echo, 100 connections',
  about: 'One process has 100 connections, with one message in flight on each; settings are equal.',
  cells: cellsOf(['requestResponse'], COMPRESSED_SIZES, { kind: 'json', connections: 100 }),
  takesPart: compresses,
  placement: 'two cores',
  rounds: 3,
  milliseconds: 60,
}
