// Runs the scenario under fake timers of Jest. FAKES selects `legacy` timers, and `early` to install them before the package
// is loaded.

const { parts } = require('../scenario.cjs')

const { PEER: url, REFUSED: refused, FAKES: fakes = '' } = process.env
const legacyFakeTimers = fakes.includes('legacy')
const clock = {
  install() {
    jest.useFakeTimers({ legacyFakeTimers })
  },
  tick: (ms) => (legacyFakeTimers ? jest.advanceTimersByTime(ms) : jest.advanceTimersByTimeAsync(ms)),
  uninstall() {
    jest.useRealTimers()
  },
}

if (fakes.includes('early')) clock.install()
const { connect } = require('websocket-rs')
const { connect: connectBlocking } = require('websocket-rs/sync')
clock.uninstall()

test.each(parts({ connect, connectBlocking, url, refused, clock }))('%s', (_title, body) => body(), 5000)
