/** The memory of compressed connections. Each of the two is a case of its own, as memory is that of a process. */

import { type Case, compresses } from './case.js'

/** Accepts compressed messages, and sends none. */
const RECEIVES_ONLY = /^global@/

const ABOUT =
  'Memory is the resident memory of the process: its growth per connection, and its total. Settings are equal. Here the peer compresses each echo, so that undici, which compresses nothing, receives compressed messages too. Times are per connection, those of opening and of the messages.'

const common: Pick<Case, 'takesPart' | 'placement' | 'rounds' | 'milliseconds'> = {
  takesPart: (contender) =>
    contender.id !== 'bun' && (compresses(contender) || RECEIVES_ONLY.test(contender.id)),
  placement: 'two cores',
  rounds: 3,
  milliseconds: 3000,
}

export const compressedIdle: Case = {
  ...common,
  name: 'compressed-idle',
  title: '2000 compressed connections',
  about: `Connections that have sent and received one compressed message of 1 KiB. ${ABOUT}`,
  cells: [{ workload: 'idle', size: 1024, kind: 'json', connections: 2000 }],
}

export const compressedActive: Case = {
  ...common,
  name: 'compressed-active',
  title: '100 active compressed connections',
  about: `Connections that have sent and received 100 compressed messages of 16 KiB. ${ABOUT}`,
  cells: [{ workload: 'active', size: 16_384, kind: 'json', connections: 100 }],
}
