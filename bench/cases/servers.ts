/** A part of the echo cells against servers of other origin, so that no claim rests on ours. */

import { OTHER_SERVERS } from '../runner/servers.js'
import { type Case, cellsOf, ECHOES } from './case.js'

/** Enough to see whether a server turns the order round. */
const FEW = /^(websocket-rs|websocket-rs-sync|ws-bufferutil)@node26$|^bun$|^python-picows_client$/

export const servers: Case = {
  name: 'servers',
  title: 'Echo against other servers',
  about: 'The same work against servers on other code bases.',
  cells: cellsOf(ECHOES, [64, 4096, 65_536]),
  servers: Object.keys(OTHER_SERVERS),
  takesPart: ({ id }) => FEW.test(id),
  rounds: 3,
  milliseconds: 30,
}
