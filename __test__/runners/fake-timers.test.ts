// Fake timers of sinon, node:test and Vitest: the package's own timers stay real, timeouts of calls follow the fake clock.
// jest.test.ts tests those of Jest.

import { createRequire } from 'node:module'
import { describe, expect, test, vi } from 'vitest'
import { connect } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'
import { refusingAddress } from '../support/addresses.js'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'

/** A part of the scenario, as a row for `test.each`. */
type Part = [title: string, body: () => Promise<void>]

const require = createRequire(import.meta.url)
const { parts } = require('./programs/scenario.cjs') as { parts(given: object): Part[] }
const refused = `ws://${await refusingAddress()}`

const clock = {
  install: () => void vi.useFakeTimers(),
  tick: (ms: number) => vi.advanceTimersByTimeAsync(ms),
  uninstall: () => void vi.useRealTimers(),
}

const scenario = parts({ connect, connectBlocking, url: peer.ws, refused, clock })
const lines = scenario.map(([title]) => `${title}: ok`)

describe('Vitest', () => {
  test.each(scenario)('%s', (_title, body) => body())
})

describe.each([
  ['sinon.cjs', []],
  ['node-test.cjs', ['setTimeout']],
  ['node-test.cjs', ['setTimeout,setInterval,setImmediate,Date']],
])('%s %s', (program, args) => {
  test.each(['after', 'before'])('installed %s the package is loaded', async (when) => {
    const ending = await run(
      new URL(`programs/${program}`, import.meta.url),
      [peer.ws, refused, ...args, when],
      // Node 20 warns that mock timers are experimental.
      ['--no-warnings'],
    )
    expect(ending).toEqual({ code: 0, signal: null, lines, stderr: '' })
  })
})
