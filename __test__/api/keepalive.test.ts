// The keepalive: received bytes and progress of an upload both show that the peer is alive.

import { describe, expect, test } from 'vitest'
import { connect } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'
import { apis, call } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { start } from '../support/program.js'
import { frame, hex, Opcode } from '../wire/bytes.js'

const slowReader = new URL('../support/programs/slow-reader.mjs', import.meta.url)
const KIB = 1024

/** Blocks the thread: nothing is read and timers are late. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

describe.each(apis)('$name', ({ connect }) => {
  test.each([
    ['reads slowly', 0],
    ['reads slowly and sends pings', 100],
  ])('does not end an upload to a peer that %s', async (_, pings) => {
    const server = start(slowReader, ['120', String(pings)])
    const port = await server.printed(/^\d+$/)
    const ws = await connect(`ws://127.0.0.1:${port}`, {
      pingInterval: 100,
      // Less than a pong waits behind what the peer reads before it, and more than a busy machine stops the peer for.
      pingTimeout: 900,
      closeTimeout: 25_000,
    })
    const payload = Buffer.alloc(64 * KIB)
    for (let sent = 0; sent < 70; sent += 1) await ws.send(payload)
    await ws.close()
    expect(ws).toMatchObject({ wasClean: true, closeCode: 1000 })
    await server.printed('70 messages, 1000')
  })

  test('ends an upload to a peer that stops reading', async () => {
    const ws = await connect(`${peer.ws}/deaf`, { pingInterval: 100, pingTimeout: 300, sendTimeout: 10_000 })
    const upload = call(async () => {
      for (let sent = 0; sent < 1000; sent += 1) await ws.send(Buffer.alloc(64 * KIB))
    })
    await expect(upload).rejects.toThrow('the peer sent nothing within pingTimeout')
    await expect(call(() => ws.recv())).rejects.toMatchObject({ code: 'ERR_WS_PING_TIMEOUT' })
  })
})

describe('accepts a pong that arrived in time but is read late', () => {
  const OPTIONS = { pingInterval: 50, pingTimeout: 150 }
  const PONGS = [{ readFrame: true }, { sleep: 60 }, { hex: frame(Opcode.Pong, '') }]
  /** A busy machine may have two pings sent in one round, so there may be fewer rounds than pings. */
  const PINGS = 5
  const MARK = { hex: frame(Opcode.Text, hex('still there')) }
  const script = () =>
    peer.script([{ accept: true }, ...Array(PINGS).fill(PONGS).flat(), MARK, { readToEnd: true }]).url

  test('with the promise API', async () => {
    const ws = await connect(script(), OPTIONS)
    let [rounds, sent] = [0, ws.stats().bytesSent]
    const timer = setInterval(() => {
      const { bytesSent } = ws.stats()
      if (bytesSent === sent || rounds === PINGS) return
      sent = bytesSent
      rounds += 1
      // A ping has just been sent. Its pong arrives and its deadline passes while the thread is blocked. After an
      // immediate, the loop runs timers before it reads sockets.
      setImmediate(block, 400)
    }, 1)
    expect(await ws.recv()).toBe('still there')
    clearInterval(timer)
    expect(rounds).toBeGreaterThan(0)
    ws.terminate()
  })

  test('with the blocking API', () => {
    const ws = connectBlocking(script(), OPTIONS)
    /** Receives until a ping has been sent. Its pong arrives after that, or the mark has arrived. */
    const receive = () => {
      const before = ws.stats().bytesSent
      while (ws.stats().bytesSent === before) {
        try {
          return ws.recv({ timeout: 20 })
        } catch (error) {
          expect(error).toMatchObject({ message: expect.stringContaining('within') })
        }
      }
      return undefined
    }
    let [rounds, message] = [0, receive()]
    for (; message === undefined; message = receive()) {
      rounds += 1
      // The pong arrives and its deadline passes before the next call.
      block(400)
    }
    expect(message).toBe('still there')
    expect(rounds).toBeGreaterThan(0)
    expect(ws.latency).toBeGreaterThan(0)
    ws.terminate()
  })
})
