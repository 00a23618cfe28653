// A consumer that does not read: TCP stops the peer, memory stays bounded, and no message is lost.

import { describe, expect, test } from 'vitest'
import { connect } from 'websocket-rs'
import { connect as connectBlocking, type SyncConnection, TimeoutError } from 'websocket-rs/sync'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'

const program = new URL('./programs/receive-back-pressure.mjs', import.meta.url)
const MIB = 1024 * 1024
/** The largest payload of a batch, and the overhead of a queued message times the most messages of a batch. */
const BATCH = MIB + 64 * 4096
/** Additional growth of the process: the heap, scratch memory, slabs that are not collected yet. */
const SLACK = 32 * MIB

interface Report {
  queuedBytes: number
  queuedMessages: number
  received: number
  growth: number
  state: number
  inOrder: number
  resumed: boolean
}

describe.each([
  ['512 B', 512, MIB, 200_000],
  ['64 KiB', 65_536, 4 * MIB, 4000],
  ['8 B', 8, 256 * 1024, 200_000],
])('a consumer that never reads messages of %s', (_, size, queue, want) => {
  test('stops the peer, bounds memory, and loses no message when it continues', async () => {
    const url = `${peer.ws}/source?count=0&size=${size}`
    const ending = await run(program, [url, String(queue), String(want)], ['--expose-gc'])
    expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' })
    const report = JSON.parse(ending.lines[0] as string) as Report
    expect(report.state).toBe(1)
    expect(report.queuedBytes).toBeGreaterThanOrEqual(queue)
    expect(report.queuedBytes).toBeLessThanOrEqual(queue + BATCH + size)
    expect(report.growth).toBeLessThanOrEqual(queue + BATCH + SLACK)
    expect(report).toMatchObject({ inOrder: want, resumed: true })
  })
})

test('a paused connection reads while it closes, and closes cleanly', async () => {
  const ws = await connect(`${peer.ws}/source?count=0&size=512`, { receiveQueue: { bytes: 65_536 } })
  while (ws.stats().queuedBytes < 65_536) await new Promise(setImmediate)
  const { queuedMessages } = ws.stats()
  await ws.close()
  expect(ws).toMatchObject({ closeCode: 1000, wasClean: true })
  expect(ws.stats().queuedMessages).toBeGreaterThanOrEqual(queuedMessages)
  expect(((await ws.recv()) as Buffer).readBigUInt64BE(0)).toBe(0n)
})

/** Sends until a send times out. Returns how many messages were accepted. */
function sendUntilFull(ws: SyncConnection): number {
  for (let number = 0; ; number += 1) {
    const payload = Buffer.alloc(65_536)
    payload.writeUInt32BE(number)
    try {
      ws.send(payload, { timeout: 300 })
    } catch (error) {
      expect(error).toBeInstanceOf(TimeoutError)
      return number
    }
  }
}

test('a blocked send reads until the receive queue is full, and loses no message', () => {
  using ws = connectBlocking(`${peer.ws}/echo`, { receiveQueue: { bytes: MIB }, highWaterMark: MIB })
  const accepted = sendUntilFull(ws)
  const { queuedBytes, queuedMessages } = ws.stats()
  expect(queuedMessages).toBeGreaterThan(0)
  expect(queuedBytes).toBeLessThanOrEqual(MIB + BATCH + 65_536)
  for (let number = 0; number < accepted; number += 1) {
    expect((ws.recv() as Buffer).readUInt32BE(0)).toBe(number)
  }
})
