// Peers and programs that misuse a connection: floods, false lengths, responses that never end, transferred memory.

import { describe, expect, test } from 'vitest'
import { connect as connectAsync } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { frame, hex, Opcode } from './bytes.js'

const { Ping, Pong, Text } = Opcode
const PING = frame(Ping, hex('p'.repeat(125)))

describe.each(apis)('$name', ({ connect, iterate, isBlocking }) => {
  test('fails with 1008, with bounded memory, if the peer sends pings and reads no pongs', async () => {
    const script = peer.script([{ accept: true }, { repeat: 200_000, hex: PING }, { readToEnd: true }])
    const ws = await connect(script.url)
    await expect(async () => ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_PROTOCOL', closeCode: 1008 })
    expect(ws.bufferedAmount).toBe(0)
  })

  test('ping() times out on time while the peer floods the connection', async () => {
    const ws = await connect(`${peer.ws}/source?count=0&size=512`)
    const ping = async () => ws.ping(undefined, { timeout: 100 })
    await expect(ping()).rejects.toMatchObject({ code: 'ERR_WS_PING_TIMEOUT' })
    expect(ws.stats().queuedBytes).toBeLessThan(4 * 1024 * 1024)
    ws.terminate()
  })

  test('ping() resolves on its own pong among unsolicited ones', async () => {
    const others = frame(Pong, hex('unasked')) + frame(Pong, '')
    const pong = frame(Pong, hex('mine'))
    const script = peer.script([
      { accept: true },
      { readFrame: true },
      { hex: others + pong + others },
      { readToEnd: true },
    ])
    const ws = await connect(script.url)
    expect(await ws.ping('mine')).toBeGreaterThan(0)
    ws.terminate()
  })

  test.each(['7fffffffffffffff', '4000000000000000', '0000001000000000'])(
    'rejects a frame with a declared length of 0x%s bytes even if maxMessageSize is 0',
    async (length) => {
      const script = peer.script([{ accept: true }, { hex: `827f${length}` }, { readToEnd: true }])
      const ws = await connect(script.url, { maxMessageSize: 0 })
      await expect(async () => ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_MESSAGE_TOO_BIG' })
    },
  )

  test('reports an error status within connectTimeout even if its body never ends', async () => {
    const head = 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\nonly this'
    const script = peer.script([{ text: head }, { readToEnd: true }])
    await expect(connect(script.url, { connectTimeout: 600 })).rejects.toMatchObject({
      code: 'ERR_WS_UNEXPECTED_STATUS',
      status: 401,
      body: Buffer.from('only this'),
    })
  })

  test('receives further messages after a program transferred the memory of one', async () => {
    const ws = await connect(peer.ws)
    await ws.send(Buffer.from('first'))
    const first = (await ws.recv()) as Buffer<ArrayBuffer>
    // Node 20 copies memory that is marked untransferable; later versions throw.
    const memory = first.buffer as ArrayBuffer & { transfer?(): ArrayBuffer }
    const attempt = (transfer: () => unknown) => {
      try {
        transfer()
      } catch (error) {
        expect(String(error)).toMatch(/DataCloneError|not detachable/)
      }
    }
    attempt(() => structuredClone(memory, { transfer: [memory] }))
    attempt(() => memory.transfer?.())
    expect(memory.byteLength).toBeGreaterThan(0)
    // Detaches it in some versions, whatever the memory itself refuses.
    attempt(() => (ArrayBuffer.prototype as typeof memory).transfer?.call(memory))
    for (const text of ['second', 'third']) {
      await ws.send(Buffer.from(text))
      expect(await ws.recv()).toEqual(Buffer.from(text))
      await ws.send(text)
      expect(await ws.recv()).toBe(text)
    }
    await ws.close()
  })

  test('iteration ends without an error after close(), even if the peer sends no close frame', async () => {
    const script = peer.script([
      { accept: true },
      { hex: frame(Text, hex('one')) },
      { readFrame: true },
      { close: true },
    ])
    const ws = await connect(script.url)
    expect(await iterate(ws, 1)).toEqual(['one'])
    await ws.close()
    expect(ws.closeCode).toBe(1006)
    expect(await iterate(ws)).toEqual([])
  })

  test('rejects unknown and invalid options of a call with a TypeError', async () => {
    const ws = await connect(peer.ws)
    for (const options of [{ tiemout: 5 }, 5, null]) {
      await expect(async () => ws.recv(options as never)).rejects.toBeInstanceOf(TypeError)
    }
    if (!isBlocking) await expect(ws.send('x', { tiemout: 5 } as never)).rejects.toBeInstanceOf(TypeError)
    ws.terminate()
  })
})

test('runs timers and serves other connections while several peers flood', async () => {
  const flood = (hex: string) =>
    peer.script([{ accept: true }, { repeat: 1_000_000, hex: hex.repeat(1000) }]).url
  const floods = Array<string[]>(8)
    .fill(['8a00', '8100', '810161'])
    .flat()
    .map((hex) => connectAsync(flood(hex), { pingInterval: 0 }))
  const flooded = await Promise.all(floods)
  const reading = flooded.map(async (each) => {
    for await (const _ of each);
  })
  const ws = await connectAsync(peer.ws)
  let [last, gap, echoes] = [performance.now(), 0, 0]
  const timer = setInterval(() => {
    gap = Math.max(gap, performance.now() - last)
    last = performance.now()
  }, 1)
  for (const end = performance.now() + 2000; performance.now() < end; echoes += 1) {
    await ws.send('still here')
    expect(await ws.recv()).toBe('still here')
  }
  clearInterval(timer)
  expect(gap).toBeLessThan(1000)
  expect(echoes).toBeGreaterThan(10)
  await ws.close()
  for (const each of flooded) each.terminate()
  await Promise.allSettled(reading)
})

test('times out each of 150,000 pending calls', async () => {
  const ws = await connectAsync(peer.ws)
  const pending = Array.from({ length: 150_000 }, () => ws.recv({ timeout: 50 }).catch((error) => error.code))
  expect(new Set(await Promise.all(pending))).toEqual(new Set(['ERR_WS_RECEIVE_TIMEOUT']))
  ws.terminate()
})
