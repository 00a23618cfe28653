/** Echo of JSON on one compressed connection, as each library compresses by default. */

import { type Case, cellsOf, compresses } from './case.js'

export const compressedDefaults: Case = {
  name: 'compressed-defaults',
  title: 'Compressed echo with the settings of each library',
  about:
    'As above, with compression switched on and nothing else set. websocket-rs: level 4, messages from 128 bytes. `ws`: level 6. websockets for Python: level 6, `memLevel` 5, a window of 4 KiB.',
  cells: cellsOf(['requestResponse', 'pipelined'], [1024, 16_384, 65_536], { kind: 'json', connections: 1 }),
  compression: 'defaults',
  takesPart: compresses,
  placement: 'two cores',
  rounds: 3,
  milliseconds: 60,
}
