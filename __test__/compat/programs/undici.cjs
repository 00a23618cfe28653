// Gives the web platform tests of an undici checkout our classes. Loaded before their runner, and in each of its Workers.

const { join } = require('node:path')
const web = require('websocket-rs/web')

const folder = join(process.env.UNDICI_CHECKOUT, 'lib/web/websocket')
for (const [file, name] of [
  ['websocket.js', 'WebSocket'],
  ['events.js', 'CloseEvent'],
]) {
  require(join(folder, file))[name] = web[name]
}
