/** The npm package ws without bufferutil, which is installed too and has to be disabled. */

import { rival, rivalVersion } from '../locate.js'
import { wsAdapter } from '../ws-adapter.js'

process.env.WS_NO_BUFFER_UTIL = '1'

export const adapter = wsAdapter(
  { name: 'ws', version: rivalVersion('ws') },
  () => rival<typeof import('ws')>('ws').WebSocket,
)
