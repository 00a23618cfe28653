/** ws with the native masking of bufferutil, which it takes by itself where it is installed. */

import { rival, rivalVersion } from './locate.js'
import { wsAdapter } from './ws-socket.js'

// ws falls back in silence; here a missing or broken bufferutil is an error.
rival('bufferutil')

export const adapter = wsAdapter(`ws + bufferutil ${rivalVersion('bufferutil')}`)
