/** The web API of websocket-rs. Uses `binaryType` 'arraybuffer', as for undici. */

import type { WebSocket, WebSocketInit } from 'websocket-rs/web'
import { DEFLATE, type Endpoint } from '../adapter.js'
import { ours, TREE, versionOf } from '../locate.js'
import { type WhatwgWebSocket, whatwgAdapter } from '../whatwg-api.js'

/** Returns the options. Compression is offered by default. */
function initOf({ ca, compression }: Endpoint): WebSocketInit {
  return {
    compression: compression === 'off' ? false : compression === 'equal' ? DEFLATE : true,
    ...(ca === undefined ? {} : { tls: { ca } }),
  }
}

export const adapter = whatwgAdapter({ name: 'websocket-rs/web', version: versionOf(TREE) }, (endpoint) => {
  const web = ours<{ WebSocket: typeof WebSocket }>('websocket-rs/web')
  const ws = new web.WebSocket(endpoint.url, initOf(endpoint))
  ws.binaryType = 'arraybuffer'
  return ws as unknown as WhatwgWebSocket
})
