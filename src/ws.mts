/** The `ws` API for `import`. */

import WebSocket from './ws.js'

export { WebSocket as default, WebSocket }
export const {
  createWebSocketStream,
  extension,
  PerMessageDeflate,
  Receiver,
  Sender,
  Server,
  subprotocol,
  WebSocketServer,
} = WebSocket
