/** The event loop while messages are compressed and decompressed. */

import { type Case, COMPRESSED_SIZES, cellsOf, compresses } from './case.js'

/** Blocking clients and Bun, whose event loop cannot be measured. */
const WITHOUT_LOOP = /^websocket-rs-sync@|^bun$|^python-websockets_sync$/

const [, ...FROM_16_KIB] = COMPRESSED_SIZES

export const compressedLoop: Case = {
  name: 'compressed-loop',
  title: 'Event loop during a compressed echo',
  about:
    'How late a 1 ms timer fires with one message in flight, on one connection and on each of 100; settings are equal. In Python, a timer of asyncio.',
  cells: [
    ...cellsOf(['loopSingle'], COMPRESSED_SIZES, { kind: 'json', connections: 1 }),
    ...cellsOf(['loopSingle'], FROM_16_KIB, { kind: 'json', connections: 100 }),
  ],
  takesPart: (contender) => compresses(contender) && !WITHOUT_LOOP.test(contender.id),
  placement: 'two cores',
  rounds: 3,
  milliseconds: 1000,
}
