// Runs the scenario under all fake timers of sinon, including nextTick. Arguments: the URL of the peer, a URL that refuses
// connections, `before` to load the package while they are installed.

const sinon = require('../../../.cache/runners/node_modules/sinon')
const { run } = require('./scenario.cjs')

const [url, refused, when] = process.argv.slice(2)
let installed
const clock = {
  install() {
    installed = sinon.useFakeTimers()
  },
  tick: (ms) => installed.tickAsync(ms),
  uninstall() {
    installed.restore()
  },
}

if (when === 'before') clock.install()
const { connect } = require('websocket-rs')
const { connect: connectBlocking } = require('websocket-rs/sync')
if (when === 'before') clock.uninstall()
void run({ connect, connectBlocking, url, refused, clock })
