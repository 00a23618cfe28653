/** The same over TLS. */

import { type Case, cellsOf, ECHOES, isCurrent, isReuse } from './case.js'

export const tls: Case = {
  name: 'tls',
  title: 'Echo and connecting over TLS',
  about:
    'The certificate is of an authority made for the run. A session is resumed where a library does so without being asked; nobody is told to.',
  cells: [
    ...cellsOf(ECHOES, [512, 4096, 65_536]),
    { work: 'connect', size: 0, kind: 'binary', connections: 1 },
  ],
  takesPart: (contender) => isCurrent(contender) || isReuse(contender),
  secure: true,
  placement: 'two cores',
  // At 64 KiB the quickest are closer to each other than five rounds can tell.
  rounds: 11,
  milliseconds: 30,
}
