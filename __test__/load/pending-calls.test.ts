// Hundreds of thousands of pending calls. The limits are CPU time: at least ten times the usual cost, and less than half
// of the cost if settling a call moved all others.

import { describe, expect, onTestFinished, test } from 'vitest'
import { type Connection, connect } from 'websocket-rs'
import { peer } from '../support/peer.js'

/** Returns the CPU time of a call, in seconds. */
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

describe('the cost of a call does not depend on the number of pending calls:', { timeout: 120_000 }, () => {
  test('200 000 calls of recv', async () => {
    const count = 200_000
    const ws = await open(`${peer.ws}/source?count=${count}&size=16`)
    const pending = Array.from({ length: count }, () => ws.recv())
    expect(await cost(() => Promise.all(pending))).toBeLessThan(4)
  })

  test('300 000 calls of send to a peer that reads late', async () => {
    const steps = [{ accept: true }, { sleep: 1000 }, { readToEnd: true }]
    const ws = await open(peer.script(steps).url)
    const message = 'x'.repeat(200)
    const pending = Array.from({ length: 300_000 }, () => ws.send(message))
    expect(ws.bufferedAmount).toBeGreaterThanOrEqual(1 << 20)
    expect(await cost(() => Promise.all(pending))).toBeLessThan(6)
  })

  test('20 000 calls of ping', async () => {
    const ws = await open(`${peer.ws}/echo`)
    const pending = Array.from({ length: 20_000 }, () => ws.ping())
    expect(await cost(() => Promise.all(pending))).toBeLessThan(4)
  })
})
