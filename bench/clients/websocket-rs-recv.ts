/** websocket-rs, promise face, one promise for each message: `recv()`. */

import { promiseFace, singly } from './promise-face.js'

export const adapter = promiseFace('websocket-rs, recv()', singly)
