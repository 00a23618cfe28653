/** websocket-rs, promise face, one promise for all that has arrived: `recvMany()`. */

import { inBatches, promiseFace } from './promise-face.js'

export const adapter = promiseFace('websocket-rs', inBatches)
