// Runs the scenario under the mock timers of node:test. Arguments: the URL of the peer, a URL that refuses connections, the
// timers to mock, `before` to load the package while they are enabled.

const { mock } = require('node:test')
const { run } = require('./scenario.cjs')

const [url, refused, apis, when] = process.argv.slice(2)
const clock = {
  install() {
    mock.timers.enable({ apis: apis.split(',') })
  },
  tick(ms) {
    mock.timers.tick(ms)
  },
  uninstall() {
    mock.timers.reset()
  },
}

if (when === 'before') clock.install()
const { connect } = require('websocket-rs')
const { connect: connectBlocking } = require('websocket-rs/sync')
if (when === 'before') clock.uninstall()
void run({ connect, connectBlocking, url, refused, clock })
