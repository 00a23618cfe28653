// Deadlines that pass while the thread is busy or the process is stopped: data that arrived in time is accepted.

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

describe('promise API, event loop busy', () => {
  test('ping() accepts a pong that arrived in time', async () => {
    const ws = await connect(`${peer.ws}/echo`)
    const trip = ws.ping(undefined, { timeout: TIMEOUT })
    block()
    expect(await trip).toBeGreaterThan(0)
    ws.terminate()
  })

  test('recv() returns a message that arrived in time', async () => {
    const ws = await connect(`${peer.ws}/echo`)
    const received = ws.recv({ timeout: TIMEOUT })
    await ws.send('x')
    block()
    expect(await received).toBe('x')
    ws.terminate()
  })

  test('close() accepts a close frame that arrived in time', async () => {
    const ws = await connect(`${peer.ws}/echo`, { closeTimeout: TIMEOUT })
    const closed = ws.close()
    block()
    await closed
    expect(ws).toMatchObject({ closeCode: 1000, wasClean: true })
  })

  test('send() succeeds if the socket became writable in time', async () => {
    const script = peer.script([{ accept: true }, { sleep: 300 }, { readToEnd: true }])
    const ws = await connect(script.url, { highWaterMark: 64 * 1024 })
    while (ws.bufferedAmount < 64 * 1024) await ws.send(Buffer.alloc(64 * 1024))
    const sent = ws.send('x', { timeout: 3 * TIMEOUT })
    block()
    await sent
    ws.terminate()
  })
})

describe('blocking API', () => {
  // So short that the deadline has passed when the call begins.
  const EXPIRED = { timeout: 0.001 }

  test('recv() returns a message that has already arrived', () => {
    const ws = connectBlocking(`${peer.ws}/echo`)
    for (let round = 0; round < 5; round += 1) {
      ws.send('x')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
      expect(ws.recv(EXPIRED)).toBe('x')
    }
    ws.terminate()
  })
})

describe.each(['websocket-rs', 'websocket-rs/sync'])('%s, process stopped', (api) => {
  const file = new URL('./programs/stopped.mjs', import.meta.url)

  // The peer answers after 900 ms while the process is stopped. The deadline of 1500 ms passes before it continues.
  async function runStopped(path: string, operation: string) {
    const program = start(file, [api, peer.ws + path, operation, '1500'])
    await program.printed('begun')
    await sleep(300)
    program.kill('SIGSTOP')
    await sleep(2500)
    program.kill('SIGCONT')
    return program.ended
  }

  test('connect() accepts an upgrade response that arrived in time', async () => {
    expect(await runStopped('/slow-handshake?delay=900', 'connect')).toEqual(success('begun', 'done'))
  })

  test('recv() returns a message that arrived in time', async () => {
    expect(await runStopped('/slow?delay=900', 'recv')).toEqual(success('begun', 'done'))
  })
})
