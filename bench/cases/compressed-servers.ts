/** A part of the compressed cells against servers that compress by themselves. */

import { COMPRESSING_SERVERS } from '../runner/servers.js'
import { type Case, cellsOf, compresses } from './case.js'

export const compressedServers: Case = {
  name: 'compressed-servers',
  title: 'Compressed echo against other servers',
  about:
    'These servers decompress each message and compress its echo, with their own settings; much of the time is theirs.',
  cells: cellsOf(['requestResponse', 'pipelined'], [1024, 65_536], { kind: 'json', connections: 1 }),
  servers: COMPRESSING_SERVERS,
  takesPart: compresses,
  placement: 'two cores',
  rounds: 3,
  milliseconds: 60,
}
