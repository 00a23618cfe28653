// A program that only sends, or does not take what it has received, still learns that the connection has ended.

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { connect as connectAsync } from 'websocket-rs'
import { connect as connectSync } from 'websocket-rs/sync'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const SMALL = { receiveQueue: { bytes: 2000 } }
const COUNT = 60
const text = (length: number) => `817e${length.toString(16).padStart(4, '0')}${'78'.repeat(length)}`

/** A peer that fills the receive queue, sends more than that, a close frame with 1000, and ends its side. */
function closing(): string {
  const steps = [
    { accept: true },
    { hex: text(3000) },
    { sleep: 50 },
    { repeat: COUNT - 1, hex: text(1000) },
    { frame: { opcode: 8, hex: '03e8' } },
    { shutdown: true },
    { readToEnd: true },
  ]
  return peer.script(steps).url
}

describe('promise API', () => {
  test('closed settles although the receive queue is full, and no message is lost', async () => {
    const ws = await connectAsync(closing(), SMALL)
    expect(await ws.closed).toMatchObject({ code: 1000, wasClean: true })
    expect(ws.trySend('x')).toBe(false)
    await expect(ws.send('x')).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
    const lengths: number[] = []
    for await (const message of ws) lengths.push(message.length)
    expect(lengths).toEqual([3000, ...Array.from({ length: COUNT - 1 }, () => 1000)])
  })

  test('closed settles if a peer that is not read resets the connection', async () => {
    const script = peer.script([
      { accept: true },
      { hex: text(3000) },
      { sleep: 50 },
      { repeat: COUNT, hex: text(1000) },
      { sleep: 100 },
      { reset: true },
    ])
    const ws = await connectAsync(script.url, SMALL)
    expect(await ws.closed).toMatchObject({ code: 1006, error: { code: 'ERR_WS_CLOSED' } })
  })

  test('reading stays paused while the peer goes on', async () => {
    const ws = await connectAsync(`${peer.ws}/source?count=3000&size=1000&close=0`, SMALL)
    await sleep(200)
    expect(ws.readyState).toBe(1)
    // Up to 320 KiB may have arrived with the end of the handshake.
    expect(ws.stats().queuedMessages).toBeLessThan(1000)
    ws.terminate()
  })
})

describe('blocking API', () => {
  test('a program that only sends fails once the peer has closed, although the receive queue is full', async () => {
    const ws = connectSync(closing(), SMALL)
    let error: unknown
    const end = performance.now() + 10_000
    while (error === undefined && performance.now() < end) {
      try {
        ws.send('x')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
      } catch (reason) {
        error = reason
      }
    }
    expect(error).toMatchObject({ code: 'ERR_WS_CLOSED', closeCode: 1000 })
    expect([...ws]).toHaveLength(COUNT)
  })
})

describe.each(apis)('$name', ({ connect, iterate }) => {
  test('gives a consumer that reads all messages', async () => {
    const ws = await connect(closing(), SMALL)
    expect(await iterate(ws)).toHaveLength(COUNT)
  })
})
