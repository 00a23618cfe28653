/** The promise API of websocket-rs with `reuseMemory: true`: a message is valid until the next receive only. */

import { inBatches, promiseApi } from '../promise-api.js'

export const adapter = promiseApi('websocket-rs, reuseMemory: true', inBatches, { reuseMemory: true })
