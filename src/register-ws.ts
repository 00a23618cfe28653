/** What websocket-rs/register needs of the `ws` API: loaded with the first copy of `ws`, and not a public entry. */

export { createWebSocketStream } from './ws/stream.js'
export { CLIENT, WebSocket } from './ws/websocket.js'
