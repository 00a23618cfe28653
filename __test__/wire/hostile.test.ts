// Peers, and users, that try to get more out of a connection than there is.

import { describe, expect, test } from 'vitest'
import { connect as connectAsync } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { frame, hex, Opcode } from './bytes.js'

const { Ping, Pong, Text } = Opcode
const PING = frame(Ping, hex('p'.repeat(125)))

describe.each(apis)('$name', ({ connect, iterate, isBlocking }) => {
  test('a peer that pings without taking pongs fails the connection instead of filling memory', async () => {
    const script = peer.script([{ accept: true }, { repeat: 200_000, hex: PING }, { readToEnd: true }])
    const ws = await connect(script.url)
    await expect(async () => ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_PROTOCOL', closeCode: 1008 })
    expect(ws.bufferedAmount).toBe(0)
  })

  test('a call keeps its deadline while the peer never stops sending', async () => {
    const ws = await connect(`${peer.ws}/source?count=0&size=512`)
    const ping = async () => ws.ping(undefined, { timeout: 100 })
    await expect(ping()).rejects.toMatchObject({ code: 'ERR_WS_PING_TIMEOUT' })
    expect(ws.stats().queuedBytes).toBeLessThan(4 * 1024 * 1024)
    ws.terminate()
  })

  test('a ping finds its pong among others', async () => {
    const others = frame(Pong, hex('unasked')) + frame(Pong, '')
    const answer = frame(Pong, hex('mine'))
    const script = peer.script([
      { accept: true },
      { readFrame: true },
      { hex: others + answer + others },
      { readToEnd: true },
    ])
    const ws = await connect(script.url)
    expect(await ws.ping('mine')).toBeGreaterThan(0)
    ws.terminate()
  })

  test.each(['7fffffffffffffff', '4000000000000000', '0000001000000000'])(
    'a frame that announces 0x%s bytes is refused although no limit was set',
    async (length) => {
      const script = peer.script([{ accept: true }, { hex: `827f${length}` }, { readToEnd: true }])
      const ws = await connect(script.url, { maxMessageSize: 0 })
      await expect(async () => ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_MESSAGE_TOO_BIG' })
    },
  )

  test('a refusal is told within connectTimeout although its body never ends', async () => {
    const head = 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\nonly this'
    const script = peer.script([{ text: head }, { readToEnd: true }])
    await expect(connect(script.url, { connectTimeout: 600 })).rejects.toMatchObject({
      code: 'ERR_WS_UNEXPECTED_STATUS',
      status: 401,
      body: Buffer.from('only this'),
    })
  })

  test('memory of a message can be given to another thread without harm to the next ones', async () => {
    const ws = await connect(peer.ws)
    await ws.send(Buffer.from('first'))
    const first = (await ws.recv()) as Buffer<ArrayBuffer>
    // Node 20 copies what is marked untransferable and lets go of it by `transfer`; newer ones refuse.
    const memory = first.buffer as ArrayBuffer & { transfer?(): ArrayBuffer }
    for (const take of [() => structuredClone(memory, { transfer: [memory] }), () => memory.transfer?.()]) {
      try {
        take()
      } catch (error) {
        expect(String(error)).toMatch(/DataCloneError|not detachable/)
      }
    }
    for (const text of ['second', 'third']) {
      await ws.send(Buffer.from(text))
      expect(await ws.recv()).toEqual(Buffer.from(text))
      await ws.send(text)
      expect(await ws.recv()).toBe(text)
    }
    await ws.close()
  })

  test('iteration ends quietly after close() here, also where the peer just goes away', async () => {
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

  test('options of a call are checked as those of connect are', async () => {
    const ws = await connect(peer.ws)
    for (const options of [{ tiemout: 5 }, 5, null]) {
      await expect(async () => ws.recv(options as never)).rejects.toBeInstanceOf(TypeError)
    }
    if (!isBlocking) await expect(ws.send('x', { tiemout: 5 } as never)).rejects.toBeInstanceOf(TypeError)
    ws.terminate()
  })
})

test('timers and other connections have their turn while several peers flood', async () => {
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

test('any number of calls can wait, and each has its end', async () => {
  const ws = await connectAsync(peer.ws)
  const waiting = Array.from({ length: 150_000 }, () => ws.recv({ timeout: 50 }).catch((error) => error.code))
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['ERR_WS_RECEIVE_TIMEOUT']))
  ws.terminate()
})
