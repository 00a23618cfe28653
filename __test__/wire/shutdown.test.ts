// How the TCP connection ends: who ends it, and that the peer gets the close frame that explains it.

import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { run, success } from '../support/program.js'
import { closePayload, frame, Opcode } from './bytes.js'

const { Binary, Close, Text } = Opcode
const program = new URL('./programs/failing.mjs', import.meta.url)

/** What makes a client fail, and the code it tells. */
const FAILURES: [code: number, hex: string][] = [
  [1002, frame(3, '')],
  [1002, '8180000000ff'],
  [1007, frame(Text, 'ff')],
  [1009, `${frame(Binary, '00'.repeat(100), false)}007e0385`],
  [1009, '827e03e9'],
]

/** More than the client reads at once, which is unread when it fails. */
const REST = { repeat: 4000, hex: '00'.repeat(1000), timeout: 10_000 }

const closeFrames = (frames: { opcode: number; hex: string }[]) =>
  frames.filter(({ opcode }) => opcode === Close).map((each) => Number.parseInt(each.hex.slice(0, 4), 16))

describe.each(apis)('$name', ({ connect }) => {
  test('a server that waits for the end of our side after both close frames is not waited for', async () => {
    const script = peer.script([
      { accept: true },
      { readFrame: true },
      { hex: frame(Close, closePayload(1000)) },
      { readToEnd: true },
      { close: true },
    ])
    const ws = await connect(script.url)
    const start = performance.now()
    await ws.close()
    expect(performance.now() - start).toBeLessThan(5000)
    expect(ws).toMatchObject({ wasClean: true, closeCode: 1000 })
    expect(await script.transcript()).toMatchObject({ ended: 'eof' })
  })

  test('so does a server that begins', async () => {
    const script = peer.script([
      { accept: true },
      { hex: frame(Close, closePayload(4001)) },
      { readUntilClose: true },
      { readToEnd: true },
      { close: true },
    ])
    const ws = await connect(script.url)
    await expect(async () => ws.recv()).rejects.toMatchObject({ closeCode: 4001 })
    // Without a further call.
    expect(await script.transcript()).toMatchObject({ ended: 'eof' })
    const start = performance.now()
    await ws.close()
    expect(performance.now() - start).toBeLessThan(5000)
  })

  test.each(FAILURES)('the peer reads close code %i with much of its own unread: %s', async (code, bad) => {
    const script = peer.script([
      { accept: true },
      { hex: bad },
      REST,
      { readUntilClose: true },
      { readToEnd: true },
    ])
    const ws = await connect(script.url, { maxMessageSize: 1000 })
    await expect(async () => ws.recv()).rejects.toThrow()
    const { frames, ended } = await script.transcript()
    expect(closeFrames(frames)).toEqual([code])
    expect(ended).toBe('eof')
    expect(ws).toMatchObject({ readyState: 3, closeCode: code })
    // What was counted is told after the end as well.
    const { bytesSent, writes } = ws.stats()
    expect(Math.min(bytesSent, writes)).toBeGreaterThan(0)
  })

  test('a message that waits to leave is followed by the close frame', async () => {
    const script = peer.script([
      { accept: true },
      { sleep: 200 },
      { hex: frame(3, '') },
      REST,
      { sleep: 200 },
      { readToEnd: true },
    ])
    const ws = await connect(script.url, { highWaterMark: 64 * 1024 * 1024 })
    const sent = 12
    try {
      for (let count = 0; count < sent; count += 1) await ws.send(Buffer.alloc(1024 * 1024))
    } catch {
      // The blocking API meets the failure while it sends.
    }
    await expect(async () => ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_PROTOCOL' })
    expect(await script.transcript()).toMatchObject({ ended: 'eof' })
  })
})

describe.each(['websocket-rs', 'websocket-rs/sync'])('%s', (api) => {
  test.each(FAILURES)(
    'a process that ends when it has failed lets the peer read why: %i %s',
    async (code, bad) => {
      const script = peer.script([
        { accept: true },
        { hex: bad },
        REST,
        { readUntilClose: true },
        { readToEnd: true },
      ])
      const ending = await run(program, [api, script.url])
      expect(ending).toMatchObject({ code: 0, stderr: '' })
      expect(ending.lines).toHaveLength(1)
      const { frames, ended } = await script.transcript()
      expect(closeFrames(frames)).toEqual([code])
      expect(ended).toBe('eof')
    },
  )

  test('a peer that does not end its side holds up the process for a second at most', async () => {
    const script = peer.script([{ accept: true }, { hex: frame(3, '') }, { sleep: 20_000 }])
    const start = performance.now()
    expect(await run(program, [api, script.url])).toEqual(success('ERR_WS_PROTOCOL'))
    expect(performance.now() - start).toBeLessThan(10_000)
  })

  test('TLS ends with a close_notify alert', async () => {
    const relay = await startRelay(new URL(peer.wss).port)
    const url = `wss://localhost:${relay.port}`
    expect(await run(program, [api, url, peer.ca, 'close'])).toEqual(success())
    const types = recordTypes(await relay.sent)
    // An alert is of type 21 (RFC 5246 section 6.2.1); in TLS 1.2 its type is not encrypted.
    expect(types.at(-1)).toBe(21)
    expect(types.filter((type) => type === 21)).toHaveLength(1)
  })

  test('TLS ends with a close_notify alert when the connection fails', async () => {
    const relay = await startRelay(new URL(peer.wss).port)
    const url = `wss://localhost:${relay.port}/source?count=1&size=2000`
    expect(await run(program, [api, url, peer.ca])).toEqual(success('ERR_WS_MESSAGE_TOO_BIG'))
    expect(recordTypes(await relay.sent).at(-1)).toBe(21)
  })
})

/** Relays one TCP connection: where, and what the client sent in all. */
async function startRelay(port: string): Promise<{ port: number; sent: Promise<Buffer> }> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  const sent = once(server, 'connection').then(async ([client]) => {
    const upstream = connectTcp(Number(port), '127.0.0.1')
    const chunks: Buffer[] = []
    // Not by `pipe`, which reads no further once the other side is gone.
    client.on('error', () => {}).on('end', () => upstream.end())
    client.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      upstream.write(chunk)
    })
    upstream.on('error', () => {}).pipe(client)
    await new Promise((resolve) => client.on('close', resolve))
    return Buffer.concat(chunks)
  })
  return { port: (server.address() as AddressInfo).port, sent }
}

/** The types of the TLS records in these bytes. */
function recordTypes(bytes: Buffer): number[] {
  const types: number[] = []
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3))
    types.push(bytes.readUInt8(at))
  return types
}
