// Gives the web platform tests of an undici checkout the class of one of our APIs, which WPT_SUBJECT names. Loaded before
// their runner, and in each of its Workers.

const { join } = require('node:path')
const { WebSocket } = require(process.env.WPT_SUBJECT)
// The ws API exports no event classes, as `ws` does not.
const { CloseEvent } = require('websocket-rs/web')

const folder = join(process.env.UNDICI_CHECKOUT, 'lib/web/websocket')
require(join(folder, 'websocket.js')).WebSocket = WebSocket
require(join(folder, 'events.js')).CloseEvent = CloseEvent
