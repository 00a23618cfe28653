/** websocket-rs, blocking face, with messages that nobody keeps. */

import { blockingFace } from './blocking-face.js'

export const adapter = blockingFace('websocket-rs/sync, reuseMemory: true', { reuseMemory: true })
