// trySend and tryRecv never wait, and an unawaited send that fails with its connection does not end the process.

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { connect as connectAsync } from 'websocket-rs'
import { connect as connectSync } from 'websocket-rs/sync'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { run, success } from '../support/program.js'

/** The `readyState` of an open connection. */
const OPEN = 1

describe.each(apis)('$name', ({ connect, isBlocking }) => {
  test('trySend sends text and bytes in order with send', async () => {
    const ws = await connect(peer.ws)
    expect(ws.trySend('a')).toBe(true)
    await ws.send('b')
    expect(ws.trySend(Buffer.from('c'))).toBe(true)
    expect(await ws.recv()).toBe('a')
    expect(await ws.recv()).toBe('b')
    expect(await ws.recv()).toEqual(Buffer.from('c'))
    ws.terminate()
  })

  test('trySend refuses at the high-water mark, and nothing it accepted is lost', async () => {
    const ws = await connect(`${peer.ws}/deaf`, { highWaterMark: 64 * 1024, closeTimeout: 100 })
    const message = Buffer.alloc(32 * 1024)
    let accepted = 0
    while (ws.trySend(message)) accepted += 1
    expect(accepted).toBeGreaterThan(1)
    expect(ws.bufferedAmount).toBeGreaterThanOrEqual(64 * 1024)
    expect(ws.bufferedAmount).toBeLessThan(64 * 1024 + 2 * message.length)
    expect(ws.trySend('x')).toBe(false)
    expect(ws.stats().messagesSent).toBe(accepted)
    ws.terminate()
  })

  test('trySend accepts again after the peer has read', async () => {
    const options = { highWaterMark: 64 * 1024, receiveQueue: { bytes: 0 } }
    const ws = await connect(`${peer.ws}/slow?delay=2`, options)
    const message = Buffer.alloc(256 * 1024)
    let refused = 0
    for (let sent = 0; sent < 60; ) {
      if (ws.trySend(message)) sent += 1
      else {
        refused += 1
        await ws.flush()
      }
    }
    for (let received = 0; received < 60; received += 1) expect(await ws.recv()).toHaveLength(message.length)
    // A blocking call writes at once, and this peer may keep up.
    expect(isBlocking || refused > 0).toBe(true)
    ws.terminate()
  })

  test('trySend accepts again if nothing else is called', async () => {
    const ws = await connect(`${peer.ws}/slow?delay=2`, { highWaterMark: 64 * 1024 })
    const message = Buffer.alloc(256 * 1024)
    let [sent, refused] = [0, 0]
    for (; refused === 0; sent += 1) if (!ws.trySend(message)) refused += 1
    let tries = 0
    // A loop that blocks has to end by itself.
    while (!ws.trySend(message) && tries < 10_000) {
      tries += 1
      if (isBlocking) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
      else await sleep(1)
    }
    expect(sent).toBeGreaterThan(1)
    expect(tries).toBeLessThan(10_000)
    ws.terminate()
  })

  test('trySend of a connection that is at the mark notices that the peer closes', async () => {
    const { url } = peer.script([{ accept: true }, { sleep: 100 }, { hex: '880203e9' }, { sleep: 1000 }])
    const ws = await connect(url, { highWaterMark: 64 * 1024, closeTimeout: 100 })
    const message = Buffer.alloc(32 * 1024)
    for (let tries = 0; tries < 10_000 && ws.readyState === OPEN; tries += 1) {
      if (ws.trySend(message)) continue
      if (isBlocking) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
      else await sleep(1)
    }
    expect(ws.readyState).not.toBe(OPEN)
    ws.terminate()
  })

  test('trySend returns false after the end, and throws for data it cannot send', async () => {
    const ws = await connect(peer.ws)
    expect(() => ws.trySend(5 as never)).toThrow(expect.objectContaining({ code: 'ERR_WS_INVALID_DATA' }))
    ws.terminate()
    expect(ws.trySend('x')).toBe(false)
  })

  test('tryRecv takes what is queued, in order with recv, and then nothing', async () => {
    const ws = await connect(`${peer.ws}/source?count=5&size=1&kind=text&close=0`)
    expect(await ws.recv()).toBe('0')
    const taken: unknown[] = []
    while (taken.length < 3) {
      const message = ws.tryRecv()
      if (message === undefined) await sleep(1)
      else taken.push(message)
    }
    expect(taken).toEqual(['1', '2', '3'])
    expect(await ws.recv()).toBe('4')
    expect(ws.tryRecv()).toBeUndefined()
    ws.terminate()
  })

  test('tryRecv gives what came before the end and does not throw after it', async () => {
    const ws = await connect(`${peer.ws}/source?count=2&size=1&kind=text`)
    const taken: unknown[] = []
    while (ws.readyState === 1 || taken.length < 2) {
      const message = ws.tryRecv()
      if (message === undefined) await sleep(1)
      else taken.push(message)
    }
    expect(taken).toEqual(['0', '1'])
    expect(ws.tryRecv()).toBeUndefined()
  })
})

describe('promise API', () => {
  test('trySend returns false while an earlier send waits', async () => {
    const ws = await connectAsync(`${peer.ws}/deaf`, { highWaterMark: 1024 })
    const waiting: Promise<void>[] = []
    while (ws.trySend(Buffer.alloc(64 * 1024)));
    waiting.push(ws.send('waits'))
    expect(ws.trySend('x')).toBe(false)
    ws.terminate()
    await expect(Promise.all(waiting)).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
  })

  const program = new URL('programs/unawaited.mjs', import.meta.url)

  test.each(['send', 'sendMany', 'sendJSON', 'ping', 'flush', 'waiting'])(
    'an unawaited %s on a connection that has ended is no unhandled rejection',
    async (kind) => {
      expect(await run(program, [peer.ws, kind])).toEqual(success('1006', 'ERR_WS_CLOSED'))
    },
  )

  test.each(['data', 'timeout'])('an unawaited send that fails for its own %s is one', async (kind) => {
    const { code, stderr } = await run(program, [peer.ws, kind])
    expect({ code, error: /ERR_WS_\w+/.exec(stderr)?.[0] }).toEqual({
      code: 1,
      error: kind === 'data' ? 'ERR_WS_INVALID_DATA' : 'ERR_WS_SEND_TIMEOUT',
    })
  })
})

describe('blocking API', () => {
  test('trySend and tryRecv do not wait', () => {
    const ws = connectSync(peer.ws)
    expect(ws.tryRecv()).toBeUndefined()
    expect(ws.trySend('x')).toBe(true)
    let message = ws.tryRecv()
    while (message === undefined) message = ws.tryRecv()
    expect(message).toBe('x')
    ws.close()
  })
})
