// Programs that only send: they learn how the connection ended, and accepted messages leave the process.

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { connect } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'
import { type AnyConnection, apis, call } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { closePayload, frame, hex, Opcode } from './bytes.js'

const { Close, Ping, Pong, Text } = Opcode
const MIB = 1024 * 1024
const CLOSE = { hex: frame(Close, closePayload(4000, 'enough')) }
const TEN = { repeat: 10, hex: frame(Text, hex('x')) }

/** Blocks the thread and its event loop. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

/** Sends up to `most` messages until one fails. Returns the error and how many messages were accepted. */
async function sendOn(ws: AnyConnection, most: number, pause: () => unknown) {
  for (let sent = 0; sent < most; sent += 1) {
    try {
      await ws.send('x')
    } catch (error) {
      return { error, sent }
    }
    await pause()
  }
  return { error: undefined, sent: most }
}

describe.each(apis)('$name', ({ connect, isBlocking }) => {
  const pause = isBlocking ? () => block(10) : () => sleep(10)

  test('send() fails with the close code even if messages before the close frame are unread', async () => {
    const ws = await connect(peer.script([{ accept: true }, TEN, CLOSE, { readToEnd: true }]).url)
    const { error, sent } = await sendOn(ws, 300, pause)
    expect(error).toMatchObject({ code: 'ERR_WS_CLOSED', closeCode: 4000, closeReason: 'enough' })
    expect(sent).toBeLessThan(100)
    for (let received = 0; received < 10; received += 1) expect(await ws.recv()).toBe('x')
    await expect(call(() => ws.recv())).rejects.toMatchObject({ closeCode: 4000 })
    ws.terminate()
  })

  test('send() fails with the close code, not the socket error, if the peer closes and resets', async () => {
    const ws = await connect(peer.script([{ accept: true }, TEN, CLOSE, { reset: true }]).url)
    block(300)
    const { error } = await sendOn(ws, 20, () => block(1))
    expect(error).toMatchObject({ code: 'ERR_WS_CLOSED', closeCode: 4000, closeReason: 'enough' })
    for (let received = 0; received < 10; received += 1) expect(await ws.recv()).toBe('x')
    await expect(call(() => ws.recv())).rejects.toMatchObject({ closeCode: 4000 })
  })

  test('answers pings and runs the keepalive while the program only sends', async () => {
    const script = peer.script([
      { accept: true },
      { hex: frame(Ping, '7069') },
      ...Array.from({ length: 60 }, () => ({ readFrame: true })),
      CLOSE,
      { readToEnd: true },
    ])
    const ws = await connect(script.url, { pingInterval: 50 })
    await sendOn(ws, 300, pause)
    ws.terminate()
    const { frames } = await script.transcript()
    expect(frames.some(({ opcode, hex }) => opcode === Pong && hex === '7069')).toBe(true)
    expect(frames.some(({ opcode }) => opcode === Ping)).toBe(true)
  })

  test('send() fails with ERR_WS_PING_TIMEOUT if the peer stops responding', async () => {
    const ws = await connect(`${peer.ws}/deaf`, { pingInterval: 50, pingTimeout: 200 })
    const { error } = await sendOn(ws, 300, pause)
    expect(error).toMatchObject({ code: 'ERR_WS_PING_TIMEOUT' })
  })
})

describe('the blocking API', () => {
  const NO_LIMIT = { highWaterMark: 0 }

  test('send() returns once the kernel has accepted the message', () => {
    const script = peer.script([{ accept: true }, { sleep: 300 }, { readToEnd: true }])
    const ws = connectBlocking(script.url, NO_LIMIT)
    for (let sent = 0; sent < 32; sent += 1) {
      ws.send(Buffer.alloc(MIB))
      expect(ws.bufferedAmount).toBe(0)
    }
    ws.terminate()
  })

  test('sendMany() returns once the kernel has accepted all messages', () => {
    const script = peer.script([{ accept: true }, { sleep: 300 }, { readToEnd: true }])
    const ws = connectBlocking(script.url, NO_LIMIT)
    ws.sendMany(Array.from({ length: 32 }, () => Buffer.alloc(MIB)))
    expect(ws.bufferedAmount).toBe(0)
    ws.terminate()
  })

  test('send() waits for the kernel again once a stalled peer resumes reading', () => {
    const script = peer.script([{ accept: true }, { sleep: 6500 }, { readToEnd: true }])
    const ws = connectBlocking(script.url, NO_LIMIT)
    const start = performance.now()
    // The first send waits and returns with data left; the next ones do not wait until the peer reads.
    do {
      ws.send(Buffer.alloc(64 * 1024))
      if (ws.bufferedAmount > 0) block(50)
    } while (
      performance.now() - start < 7000 ||
      (ws.bufferedAmount > 0 && performance.now() - start < 20_000)
    )
    for (let sent = 0; sent < 200; sent += 1) ws.send(Buffer.alloc(64 * 1024))
    expect(ws.bufferedAmount).toBe(0)
    ws.terminate()
  })

  test('only one send() waits for a peer that never reads, below the high-water mark', () => {
    const ws = connectBlocking(`${peer.ws}/deaf`, NO_LIMIT)
    const start = performance.now()
    for (let sent = 0; sent < 64; sent += 1) ws.send(Buffer.alloc(MIB))
    expect(performance.now() - start).toBeLessThan(15_000)
    expect(ws.bufferedAmount).toBeGreaterThan(MIB)
    ws.terminate()
  })
})

test('send() during a batch fails with the code of the close frame in that batch', async () => {
  const ws = await connect(
    peer.script([{ accept: true }, { hex: TEN.hex + CLOSE.hex }, { readToEnd: true }]).url,
  )
  await ws.recv()
  await expect(ws.send('reply')).rejects.toMatchObject({ code: 'ERR_WS_CLOSED', closeCode: 4000 })
})
