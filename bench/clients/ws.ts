/** ws by itself: bufferutil lies beside it, so it is told not to look. */

import { wsAdapter } from './ws-socket.js'

process.env.WS_NO_BUFFER_UTIL = '1'

export const adapter = wsAdapter('ws')
