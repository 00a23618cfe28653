// Deadlines that pass while the thread is busy, or the process stopped: what arrived in time counts.

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { connect } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'
import { peer } from '../support/peer.js'
import { start, success } from '../support/program.js'

const TIMEOUT = 100

/** Blocks the thread until well after the deadline. */
function block(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4 * TIMEOUT)
}

describe('the promise API, its loop busy', () => {
  test('ping() takes a pong that came in time', async () => {
    const ws = await connect(`${peer.ws}/echo`)
    const trip = ws.ping(undefined, { timeout: TIMEOUT })
    block()
    expect(await trip).toBeGreaterThan(0)
    ws.terminate()
  })

  test('recv() takes a message that came in time', async () => {
    const ws = await connect(`${peer.ws}/echo`)
    const received = ws.recv({ timeout: TIMEOUT })
    await ws.send('x')
    block()
    expect(await received).toBe('x')
    ws.terminate()
  })

  test('close() takes a close frame that came in time', async () => {
    const ws = await connect(`${peer.ws}/echo`, { closeTimeout: TIMEOUT })
    const closed = ws.close()
    block()
    await closed
    expect(ws).toMatchObject({ closeCode: 1000, wasClean: true })
  })

  test('send() takes room that came in time', async () => {
    const script = peer.script([{ accept: true }, { sleep: 300 }, { readToEnd: true }])
    const ws = await connect(script.url, { highWaterMark: 64 * 1024 })
    while (ws.bufferedAmount < 64 * 1024) await ws.send(Buffer.alloc(64 * 1024))
    const sent = ws.send('x', { timeout: 3 * TIMEOUT })
    block()
    await sent
    ws.terminate()
  })
})

describe('the blocking API', () => {
  // The deadline has passed when the call begins.
  const NONE = { timeout: 0.001 }

  test('recv() takes a message that is there', () => {
    const ws = connectBlocking(`${peer.ws}/echo`)
    for (let round = 0; round < 5; round += 1) {
      ws.send('x')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
      expect(ws.recv(NONE)).toBe('x')
    }
    ws.terminate()
  })
})

describe.each(['websocket-rs', 'websocket-rs/sync'])('%s, the process stopped', (api) => {
  const file = new URL('./programs/stopped.mjs', import.meta.url)

  /** The peer answers after 900 ms, when the process is stopped; the deadline is at 1500, before it goes on. */
  async function runStopped(path: string, what: string) {
    const program = start(file, [api, peer.ws + path, what, '1500'])
    await program.printed('begun')
    await sleep(300)
    program.kill('SIGSTOP')
    await sleep(2500)
    program.kill('SIGCONT')
    return program.ended
  }

  test('connect() takes an answer that came in time', async () => {
    expect(await runStopped('/slow-handshake?delay=900', 'connect')).toEqual(success('begun', 'done'))
  })

  test('recv() takes a message that came in time', async () => {
    expect(await runStopped('/slow?delay=900', 'recv')).toEqual(success('begun', 'done'))
  })
})
