/** The `ws` API of websocket-rs, used as the npm package ws is: the programs of both differ in the import only. */

import type { WebSocket } from 'ws'
import { ours, TREE, versionOf } from '../locate.js'
import { wsAdapter } from '../ws-adapter.js'

export const adapter = wsAdapter(
  { name: 'websocket-rs/ws', version: versionOf(TREE) },
  () => ours<{ WebSocket: typeof WebSocket }>('websocket-rs/ws').WebSocket,
)
