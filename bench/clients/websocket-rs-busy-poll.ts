/** websocket-rs, promise face, spinning a while before it sleeps. A version without `busyPoll` does not offer it. */

import { inBatches, promiseFace } from './promise-face.js'

export const adapter = promiseFace('websocket-rs, busyPoll', inBatches, { busyPoll: 'auto' })
