/** websocket-rs, promise face, with messages that nobody keeps. */

import { inBatches, promiseFace } from './promise-face.js'

export const adapter = promiseFace('websocket-rs, reuseMemory: true', inBatches, { reuseMemory: true })
