// What the keepalive takes for life: bytes that come, and those that the peer takes.

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { call, faces } from '../support/faces.js'
import { peer } from '../support/peer.js'
import { start } from '../support/program.js'

const slowReader = new URL('../support/programs/slow-reader.mjs', import.meta.url)
const KIB = 1024

/** Blocks the thread, so that nothing is read and timers are late. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

describe.each(faces)('$name', ({ connect, isBlocking }) => {
  test('an upload to a peer that takes it slowly is not ended', async () => {
    const server = start(slowReader, ['40'])
    const port = await server.printed(/^\d+$/)
    const ws = await connect(`ws://127.0.0.1:${port}`, {
      pingInterval: 100,
      pingTimeout: 300,
      closeTimeout: 25_000,
    })
    const payload = Buffer.alloc(64 * KIB)
    for (let sent = 0; sent < 200; sent += 1) await ws.send(payload)
    await ws.close()
    expect(ws).toMatchObject({ wasClean: true, closeCode: 1000 })
    await server.printed('200 messages, 1000')
  })

  test('a peer that takes nothing any more is lost, whatever is on its way', async () => {
    const ws = await connect(`${peer.ws}/deaf`, { pingInterval: 100, pingTimeout: 300, sendTimeout: 10_000 })
    const upload = call(async () => {
      for (let sent = 0; sent < 1000; sent += 1) await ws.send(Buffer.alloc(64 * KIB))
    })
    await expect(upload).rejects.toThrow('nothing came from the peer within pingTimeout')
    await expect(call(() => ws.recv())).rejects.toMatchObject({ code: 'ERR_WS_PING_TIMEOUT' })
  })

  test('a pong that arrived in time counts, although it is read late', async () => {
    const ws = await connect(`${peer.ws}/echo`, { pingInterval: 50, pingTimeout: 150 })
    for (let round = 0; round < 8; round += 1) {
      // The keepalive pings; its deadline passes while the thread is blocked.
      if (isBlocking) await expect(call(() => ws.recv({ timeout: 100 }))).rejects.toThrow('within')
      else await sleep(100)
      block(400)
      expect(ws.readyState).toBe(1)
    }
    await ws.send('still there')
    expect(await ws.recv()).toBe('still there')
    expect(ws.latency).toBeGreaterThan(0)
    await ws.close()
  })
})
