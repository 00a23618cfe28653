/** The blocking API of websocket-rs. */

import { blockingApi } from '../blocking-api.js'

export const adapter = blockingApi('websocket-rs/sync')
