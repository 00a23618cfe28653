/** Echo of JSON on one compressed connection, with equal settings. */

import { type Case, COMPRESSED_SIZES, cellsOf, compresses } from './case.js'

export const compressed: Case = {
  name: 'compressed',
  title: 'Compressed echo, one connection',
  about:
    'Messages are JSON texts of exactly this size, all different: order books, chat and JSON-RPC. All libraries use level 6, `memLevel` 8, a window of 32 KiB kept between messages, and compress each message. Bun has no settings. The peer returns compressed messages as they are, so it takes part in no compression.',
  cells: cellsOf(['requestResponse', 'pipelined'], COMPRESSED_SIZES, { kind: 'json', connections: 1 }),
  takesPart: compresses,
  placement: 'two cores',
  rounds: 5,
  milliseconds: 100,
}
