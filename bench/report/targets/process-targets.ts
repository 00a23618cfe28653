/** The targets of whole processes: wall time compared with the clients that our APIs replace. */

import { wholeProcess } from '../../cases/process.js'
import { BLOCKING_API, nodeOf, PROMISE_API, WEB_API, WS_API } from '../figures.js'
import { workloadName } from '../format.js'
import { type CaseComparison, compareCases } from './case-comparison.js'
import { fastestWs } from './echo-comparison.js'
import type { Target } from './target.js'

const comparison = {
  cases: [wholeProcess.name],
  apis: [PROMISE_API, BLOCKING_API, WS_API, WEB_API],
  nameOf: (place) => `${workloadName(place)}, ${place.placement}`,
  figure: 'wall',
  isMet: ({ value }) => value > 1,
  inverse: true,
} satisfies Partial<CaseComparison>

const ws: CaseComparison['others'] = (ours, figures, place) => fastestWs(figures, place, nodeOf(ours))
const undici: CaseComparison['others'] = (ours) => [`global@${nodeOf(ours)}`]

function faster(id: string, text: string, others: CaseComparison['others']): Target {
  return {
    id,
    subject: 'a whole process: load, connect, 1 – 10 000 messages, close, exit',
    level: 'must',
    text,
    unit: 'x',
    sense: 'at least',
    checks: compareCases({ ...comparison, others }),
  }
}

export const PROCESS_TARGETS: readonly Target[] = [
  faster('process-ws', 'faster than `ws`', ws),
  faster('process-undici', "faster than undici, Node's global WebSocket", undici),
]
