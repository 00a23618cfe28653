/** What the bin `websocket-rs` loads: not a public entry. */

export { main } from './cli/main.js'
