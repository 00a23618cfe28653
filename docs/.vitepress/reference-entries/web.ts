/**
 * The web API: `import { WebSocket } from 'websocket-rs/web'`.
 *
 * @module websocket-rs/web
 */

export type * from '../../../src/web/types.js'
export { ping } from '../../../src/web.js'
