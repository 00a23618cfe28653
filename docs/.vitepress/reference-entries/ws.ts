/**
 * The `ws` API: `import WebSocket from 'websocket-rs/ws'`.
 *
 * @module websocket-rs/ws
 */

export type { PerMessageDeflateOptions } from '../../../src/ws/deflate.js'
export { CloseEvent, ErrorEvent, Event, MessageEvent } from '../../../src/ws/events.js'
export type { ClientOptions } from '../../../src/ws/options.js'
export { createWebSocketStream } from '../../../src/ws/stream.js'
export {
  type BufferLike,
  type EventData,
  type RawData,
  WebSocket,
  type WebSocketEventMap,
} from '../../../src/ws/websocket.js'
