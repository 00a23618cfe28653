/** Echo and connecting over TLS. */

import { type Case, cellsOf, ECHOES, isCurrent, reusesMemory } from './case.js'

export const tls: Case = {
  name: 'tls',
  title: 'Echo and connecting over TLS',
  about:
    'The certificate is issued by an authority made for the run. A library resumes sessions if it does so by default.',
  cells: [
    ...cellsOf(ECHOES, [512, 4096, 65_536]),
    { workload: 'connect', size: 0, kind: 'binary', connections: 1 },
  ],
  takesPart: (contender) => isCurrent(contender) || reusesMemory(contender),
  secure: true,
  placement: 'two cores',
  // At 64 KiB, five rounds are too few to distinguish the fastest contenders.
  rounds: 11,
  milliseconds: 30,
}
