/** The promise API of websocket-rs, receiving by `recvMany()`. */

import { inBatches, promiseApi } from '../promise-api.js'

export const adapter = promiseApi('websocket-rs', inBatches)
