/** The npm package ws with the native masking of bufferutil, which it uses if it is installed. */

import { rival, rivalVersion } from '../locate.js'
import { wsAdapter } from '../ws-adapter.js'

// ws ignores a missing or broken bufferutil; here it is an error.
rival('bufferutil')

export const adapter = wsAdapter(
  { name: `ws + bufferutil ${rivalVersion('bufferutil')}`, version: rivalVersion('ws') },
  () => rival<typeof import('ws')>('ws').WebSocket,
)
