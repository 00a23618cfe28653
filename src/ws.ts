/**
 * websocket-rs/ws: a WebSocket with the interface of the npm package `ws`. Events reach their listeners with no promise in
 * between.
 *
 * @packageDocumentation
 */

import * as options from './ws/options.js'
import { lazyExport, SERVER_EXPORTS } from './ws/server.js'
import { createWebSocketStream } from './ws/stream.js'
import * as websocket from './ws/websocket.js'

type Class = typeof websocket.WebSocket

interface Exports {
  WebSocket: Class
  createWebSocketStream: typeof createWebSocketStream
  /** The server of the installed package `ws`. */
  WebSocketServer: any
  Server: any
  Receiver: any
  Sender: any
  PerMessageDeflate: any
  extension: any
  subprotocol: any
}

const WebSocket = Object.assign(websocket.WebSocket, {
  WebSocket: websocket.WebSocket,
  createWebSocketStream,
  ...Object.fromEntries(SERVER_EXPORTS.map((name) => [name, lazyExport(name)])),
}) as Class & Exports

type WebSocket = websocket.WebSocket

declare namespace WebSocket {
  type WebSocket = websocket.WebSocket
  type RawData = websocket.RawData
  type Data = websocket.EventData
  type ClientOptions = options.ClientOptions<websocket.WebSocket>
}

export = WebSocket
