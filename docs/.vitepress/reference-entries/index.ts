/**
 * The promise API: `import { connect } from 'websocket-rs'`.
 *
 * @module websocket-rs
 */

export type { AsyncMessages, Messages } from '../../../src/connection/send-many.js'
export * from '../../../src/index.js'
export type { ReceiveQueueOptions } from '../../../src/options/connect.js'
export type { Pem, TlsVersion } from '../../../src/options/tls.js'
