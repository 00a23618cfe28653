// A system clock that jumps by hours, as one does that is set right: every wait lasts as long as it was told to.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { peer } from '../support/peer.js'
import { type Ending, start } from '../support/program.js'

const program = new URL('./programs/clock.mjs', import.meta.url)
/** The loader puts the folder of this architecture in the place of `$LIB`. */
const LIBRARY = '/usr/$LIB/faketime/libfaketimeMT.so.1'
/** Each wait, ms. */
const WAIT = 500
/** A timer of Node may be early by a part of a millisecond, and libuv counts whole ones. */
const EARLY = 5
/** Far from the hours that the clock jumps, and enough for a busy machine. */
const LATE = 10_000

const BOTH = {
  connectTimeout: 'ERR_WS_CONNECT_TIMEOUT',
  receiveTimeout: 'ERR_WS_RECEIVE_TIMEOUT',
  'the timeout of a recv': 'ERR_WS_RECEIVE_TIMEOUT',
  'the timeout of a ping': 'ERR_WS_PING_TIMEOUT',
  closeTimeout: 1006,
  'the timeout of a recv as pings come': 'ERR_WS_RECEIVE_TIMEOUT',
  'the timeout of a ping as messages come': 'ERR_WS_PING_TIMEOUT',
  'a round trip': 'measured',
  sendTimeout: 'ERR_WS_SEND_TIMEOUT',
  'the keepalive': 'ERR_WS_PING_TIMEOUT',
}
const FACES = { 'websocket-rs': { ...BOTH, 'the backoff': 'ERR_WS_CONNECT' }, 'websocket-rs/sync': BOTH }

interface Report {
  name: string
  ending: string | number
  took: number
  jumped: number
}

/** Runs the program with a clock that the file sets; the clock that does not jump stays as it is. */
function runWithClock(face: string, hours: number): Promise<Ending> {
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
  return start(program, [face, peer.ws, peer.raw, String(WAIT), String(hours)], [], wrapper).ended
}

async function expectSteady(face: string, endings: object, hours: number): Promise<void> {
  const ending = await runWithClock(face, hours)
  expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' })
  const reports = ending.lines.map((line) => JSON.parse(line) as Report)
  expect(Object.fromEntries(reports.map((report) => [report.name, report.ending]))).toEqual(endings)
  for (const { name, took, jumped } of reports) {
    expect(jumped, `hours the clock jumped in ${name}`).toBeCloseTo(hours, 1)
    expect(took, name).toBeGreaterThanOrEqual(WAIT - EARLY)
    expect(took, name).toBeLessThan(WAIT + LATE)
  }
}

// The library is for Linux, and on every system it is the same clocks that are asked. One test for both directions,
// which share the time: of concurrent tests the first to end would take the other's program with it.
describe.runIf(process.platform === 'linux').each(Object.entries(FACES))('%s', (face, endings) => {
  test('a clock that jumps by hours, forward or back, changes no wait', async () => {
    await Promise.all([3, -3].map((hours) => expectSteady(face, endings, hours)))
  }, 60_000)
})
