/** The blocking API of websocket-rs with `reuseMemory: true`: a message is valid until the next receive only. */

import { blockingApi } from '../blocking-api.js'

export const adapter = blockingApi('websocket-rs/sync, reuseMemory: true', { reuseMemory: true })
