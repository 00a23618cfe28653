/** The targets for the event loop while many messages are queued and each takes work. */

import { loopWork } from '../../cases/loop-work.js'
import { type Figures, idsOfApi, nodeOf, type Place, PROMISE_API } from '../figures.js'
import { sizeName } from '../format.js'
import { fastestWs } from './echo-comparison.js'
import type { Check, Target } from './target.js'

/** The limit of the intervals of a 1 ms timer, in ms. */
const LIMIT = 16

/** Returns the check of one place for one id of the promise API. */
type CheckPlace = (figures: Figures, place: Place, ours: string) => Check | undefined

/** Returns the checks of all placements and Nodes. */
function inEach(check: CheckPlace): Target['checks'] {
  return (figures) => {
    const places = figures.places().filter((place) => place.case === loopWork.name)
    const all = places.flatMap((place) =>
      idsOfApi(PROMISE_API, figures).map((ours) => check(figures, place, ours)),
    )
    return all.filter((one) => one !== undefined)
  }
}

const timers = inEach((figures, place, ours) => {
  const value = figures.estimate(place, ours, 'timer')
  const where = `${sizeName(place.size)}, ${place.placement}, ${ours}`
  return value === undefined ? undefined : { where, value, met: value.value < LIMIT }
})

/** Fails only if the whole interval is below 1. */
const time = inEach((figures, place, ours) => {
  const [other] = fastestWs(figures, place, nodeOf(ours))
  const value = other === undefined ? undefined : figures.ratio(place, other, ours)
  const where = `${sizeName(place.size)}, ${place.placement}, ${ours} against ${other}`
  return value === undefined ? undefined : { where, value, met: value.high >= 1 }
})

const common = {
  subject: 'many queued messages with work for each, promise API',
  level: 'must',
} as const

export const LOOP_TARGETS: readonly Target[] = [
  {
    ...common,
    id: 'work-timers',
    text: `99 % of the intervals of a 1 ms timer below ${LIMIT} ms`,
    unit: 'ms',
    sense: 'at most',
    checks: timers,
  },
  { ...common, id: 'work-ws', text: 'not slower than `ws`', unit: 'x', sense: 'at least', checks: time },
]
