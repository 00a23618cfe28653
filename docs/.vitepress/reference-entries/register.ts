/**
 * The replacement of `ws` and of the global WebSocket: `import 'websocket-rs/register'`.
 *
 * @module websocket-rs/register
 */

export * from '../../../src/register.js'
