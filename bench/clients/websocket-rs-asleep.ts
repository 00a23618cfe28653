/** websocket-rs, promise face, that always sleeps until a reply is there: what codec and driver are worth alone. */

import { inBatches, promiseFace } from './promise-face.js'

export const adapter = promiseFace('websocket-rs, busyPoll: false', inBatches, { busyPoll: false })
