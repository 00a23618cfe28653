/** The targets for echoes: times compared with rivals and with the floor. */

import type { Workload } from '../../clients/job.js'
import { BLOCKING_API, PROMISE_API } from '../figures.js'
import {
  bun,
  compareEchoes,
  type EchoComparison,
  fastestWs,
  floor,
  type Others,
  promiseApi,
  python,
  pythonOurs,
  rivals,
} from './echo-comparison.js'
import type { Target } from './target.js'

type Cells = Pick<EchoComparison, 'workloads' | 'sizes' | 'placement'>
type Goal = Pick<EchoComparison, 'others' | 'bound' | 'measure'>

const PIPELINED: readonly Workload[] = ['pipelined', 'burst']
const REQUEST_SIZES = [64, 512, 1024, 4096, 16_384, 65_536]

const small: Cells = { workloads: PIPELINED, sizes: [64, 512] }
const medium: Cells = { workloads: PIPELINED, sizes: [4096] }
const large: Cells = { workloads: PIPELINED, sizes: [65_536] }
const requests: Cells = { workloads: ['requestResponse'], sizes: REQUEST_SIZES }
/** Beyond, most of the time is that of copying, which busy-polling does not save. */
const waited: Cells = { ...requests, sizes: REQUEST_SIZES.filter((size) => size <= 16_384) }
const all: Cells = { workloads: ['requestResponse', ...PIPELINED], sizes: REQUEST_SIZES.slice(1) }

const SMALL = 'pipelined and burst, 64–512 B'
const MEDIUM = 'pipelined and burst, 4 KiB'
const LARGE = 'pipelined and burst, 64 KiB'
const PROMISE = 'request-response, promise API, 64 B – 64 KiB'
const BLOCKING = 'request-response, blocking API, 64 B – 64 KiB'
const UP_TO_16_KIB = 'request-response, promise API, 64 B – 16 KiB'
const ALL = 'all echo workloads, 512 B – 64 KiB'

const REUSING_PROMISE_API = `${PROMISE_API}-reuse-memory`
const REUSING_BLOCKING_API = `${BLOCKING_API}-reuse-memory`

const faster = (others: Others, bound: number): Goal => ({ others, bound, measure: 'faster' })
const time = (others: Others, bound: number): Goal => ({ others, bound, measure: 'time' })

/** Makes the targets of one API in some cells. */
function targetsOf(subject: string, api: string, cells: Cells) {
  return (
    id: string,
    level: Target['level'],
    text: string,
    goal: Goal,
    placement?: Cells['placement'],
  ): Target => {
    const comparison = { api, ...cells, ...goal, ...(placement === undefined ? {} : { placement }) }
    const sense = goal.measure === 'faster' ? 'at least' : 'at most'
    const checks: Target['checks'] = (figures) => compareEchoes(comparison, figures)
    return { id, subject, level, text, unit: 'x', sense, checks }
  }
}

const ofSmall = targetsOf(SMALL, PROMISE_API, small)
const ofMedium = targetsOf(MEDIUM, PROMISE_API, medium)
const ofLarge = targetsOf(LARGE, PROMISE_API, large)
const ofPromise = targetsOf(PROMISE, PROMISE_API, requests)
const ofBlocking = targetsOf(BLOCKING, BLOCKING_API, requests)
const reusing = (subject: string) => `${subject}, \`reuseMemory\``

export const ECHO_TARGETS: readonly Target[] = [
  ofSmall('small-ws', 'must', '≥ 7x `ws`', faster(fastestWs, 7)),
  ofSmall('small-bun', 'must', '≥ 5x Bun', faster(bun, 5)),
  ofSmall('small-floor', 'aim', "≤ 1.5x the floor's time", time(floor, 1.5)),
  ofMedium('medium-rivals', 'must', 'not slower than any rival', faster(rivals, 1)),
  ofMedium('medium-floor', 'aim', "≤ 1.5x the floor's time", time(floor, 1.5)),
  ofLarge('large-bun', 'must', 'not slower than Bun', faster(bun, 1)),
  ofLarge('large-python', 'must', "not slower than Python's websocket-rs", faster(pythonOurs, 1)),
  ofLarge('large-bun-ahead', 'aim', '≥ 1.2x Bun', faster(bun, 1.2)),
  ofPromise('promise-rivals', 'must', 'not slower than any rival', faster(rivals, 1)),
  targetsOf(UP_TO_16_KIB, PROMISE_API, waited)(
    'promise-busy-poll',
    'must',
    '≥ 2x `ws` on two cores with `busyPoll`',
    faster(fastestWs, 2),
    'two cores',
  ),
  ofPromise('promise-floor', 'aim', "≤ 1.1x the floor's time on one core", time(floor, 1.1), 'one core'),
  ofBlocking('blocking-promise', 'must', 'not slower than the promise API', faster(promiseApi, 1)),
  ofBlocking('blocking-rivals', 'must', 'not slower than any rival', faster(rivals, 1)),
  ofBlocking('blocking-floor', 'aim', "≤ 1.05x the floor's time", time(floor, 1.05)),
  targetsOf(ALL, PROMISE_API, all)('python', 'must', 'not slower than any Python client', faster(python, 1)),
  targetsOf(reusing(LARGE), REUSING_PROMISE_API, large)(
    'reuse-large-bun',
    'must',
    'not slower than Bun',
    faster(bun, 1),
  ),
  targetsOf(reusing(PROMISE), REUSING_PROMISE_API, requests)(
    'reuse-promise-rivals',
    'must',
    'not slower than any rival',
    faster(rivals, 1),
  ),
  targetsOf(reusing(BLOCKING), REUSING_BLOCKING_API, requests)(
    'reuse-blocking-rivals',
    'must',
    'not slower than any rival',
    faster(rivals, 1),
  ),
  targetsOf(reusing(ALL), REUSING_PROMISE_API, all)(
    'reuse-python',
    'must',
    'not slower than any Python client',
    faster(python, 1),
  ),
]
