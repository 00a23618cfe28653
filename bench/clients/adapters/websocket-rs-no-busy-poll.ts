/** The promise API of websocket-rs with `busyPoll: false`: it sleeps until a reply arrives. */

import { inBatches, promiseApi } from '../promise-api.js'

export const adapter = promiseApi('websocket-rs, busyPoll: false', inBatches, { busyPoll: false })
