/**
 * The blocking API: `import { connect } from 'websocket-rs/sync'`. It has the options and errors of the promise API.
 *
 * @module websocket-rs/sync
 */

export { connect, SyncConnection, type SyncMessageStream } from '../../../src/sync.js'
