/** A part of the echo cells against servers that share no code with the peer, so that no claim depends on it. */

import { OTHER_SERVERS } from '../runner/servers.js'
import { type Case, cellsOf, ECHOES } from './case.js'

/** Enough contenders to see whether their order depends on the server. */
const FEW = /^(websocket-rs(-sync|-ws|-web)?|ws-bufferutil)@node26$|^bun$|^python-picows_client$/

export const servers: Case = {
  name: 'servers',
  title: 'Echo against other servers',
  about: 'The same workloads against servers on other code bases.',
  cells: cellsOf(ECHOES, [64, 4096, 65_536]),
  servers: Object.keys(OTHER_SERVERS),
  takesPart: ({ id }) => FEW.test(id),
  rounds: 3,
  milliseconds: 30,
}
