// A system clock that jumps by hours, as when it is corrected: every wait lasts as long as its timeout.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { peer } from '../support/peer.js'
import { type Ending, start } from '../support/program.js'

const program = new URL('./programs/clock.mjs', import.meta.url)
/** The dynamic loader replaces `$LIB` by the folder of this architecture. */
const LIBRARY = '/usr/$LIB/faketime/libfaketimeMT.so.1'
/** The length of each wait, in ms. */
const WAIT = 500
/** How early a wait may end, in ms: libuv counts whole milliseconds, and a timer of Node may be early by a part of one. */
const EARLY = 5
/** How late a wait may end, in ms: much for a busy machine, little beside the hours of a jump. */
const LATE = 10_000

const BOTH = {
  connectTimeout: 'ERR_WS_CONNECT_TIMEOUT',
  receiveTimeout: 'ERR_WS_RECEIVE_TIMEOUT',
  'the timeout of a recv': 'ERR_WS_RECEIVE_TIMEOUT',
  'the timeout of a ping': 'ERR_WS_PING_TIMEOUT',
  closeTimeout: 1006,
  'the timeout of a recv while pings arrive': 'ERR_WS_RECEIVE_TIMEOUT',
  'the timeout of a ping while messages arrive': 'ERR_WS_PING_TIMEOUT',
  'a round trip': 'measured',
  sendTimeout: 'ERR_WS_SEND_TIMEOUT',
  'the keepalive': 'ERR_WS_PING_TIMEOUT',
}
const APIS = { 'websocket-rs': { ...BOTH, 'the backoff': 'ERR_WS_CONNECT' }, 'websocket-rs/sync': BOTH }

interface Report {
  name: string
  ending: string | number
  took: number
  jumped: number
}

/** Runs the program with a system clock that a file sets. The monotonic clock is not changed. */
function runWithClock(api: string, hours: number): Promise<Ending> {
  const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-clock-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'clock')
  writeFileSync(file, '+0\n')
  const settings = {
    LD_PRELOAD: LIBRARY,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
  const wrapper = ['env', ...Object.entries(settings).map(([name, value]) => `${name}=${value}`)]
  return start(program, [api, peer.ws, peer.raw, String(WAIT), String(hours)], [], wrapper).ended
}

async function expectSteady(api: string, endings: object, hours: number): Promise<void> {
  const ending = await runWithClock(api, hours)
  expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' })
  const reports = ending.lines.map((line) => JSON.parse(line) as Report)
  expect(Object.fromEntries(reports.map((report) => [report.name, report.ending]))).toEqual(endings)
  for (const { name, took, jumped } of reports) {
    expect(jumped, `hours the clock jumped in ${name}`).toBeCloseTo(hours, 1)
    expect(took, name).toBeGreaterThanOrEqual(WAIT - EARLY)
    expect(took, name).toBeLessThan(WAIT + LATE)
  }
}

// libfaketime is a library for Linux; the package reads the same clocks on every system. One test for both directions,
// which run at the same time: with concurrent tests, the first to end would stop the program of the other.
describe.runIf(process.platform === 'linux').each(Object.entries(APIS))('%s', (api, endings) => {
  test('no wait changes when the clock jumps by hours, forward or back', async () => {
    await Promise.all([3, -3].map((hours) => expectSteady(api, endings, hours)))
  }, 60_000)
})
