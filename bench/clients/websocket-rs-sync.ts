/** websocket-rs, blocking face. */

import { blockingFace } from './blocking-face.js'

export const adapter = blockingFace('websocket-rs/sync')
