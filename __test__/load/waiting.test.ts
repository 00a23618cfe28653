// Very many calls that wait at once. The limits are processor time: at least ten times what it takes, and less than half of
// what it takes if each call that is served moves all others.

import { describe, expect, onTestFinished, test } from 'vitest'
import { type Connection, connect } from 'websocket-rs'
import { peer } from '../support/peer.js'

/** Seconds of processor time that something took. */
async function cost(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

async function open(url: string): Promise<Connection> {
  const ws = await connect(url, { sendTimeout: 0 })
  onTestFinished(() => ws.terminate())
  return ws
}

describe('calls that wait cost the same whatever their number:', { timeout: 120_000 }, () => {
  test('200 000 of recv', async () => {
    const count = 200_000
    const ws = await open(`${peer.ws}/source?count=${count}&size=16`)
    const waiting = Array.from({ length: count }, () => ws.recv())
    expect(await cost(() => Promise.all(waiting))).toBeLessThan(4)
  })

  test('300 000 of send, to a peer that reads late', async () => {
    const steps = [{ accept: true }, { sleep: 1000 }, { readToEnd: true }]
    const ws = await open(peer.script(steps).url)
    const message = 'x'.repeat(200)
    const waiting = Array.from({ length: 300_000 }, () => ws.send(message))
    expect(ws.bufferedAmount).toBeGreaterThan(1 << 20)
    expect(await cost(() => Promise.all(waiting))).toBeLessThan(6)
  })

  test('20 000 of ping', async () => {
    const ws = await open(`${peer.ws}/echo`)
    const waiting = Array.from({ length: 20_000 }, () => ws.ping())
    expect(await cost(() => Promise.all(waiting))).toBeLessThan(4)
  })
})
