// The end of the TCP connection: which side ends it, and that the peer receives the close frame before it.

import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { run, success } from '../support/program.js'
import { closePayload, frame, Opcode } from './bytes.js'

const { Binary, Close, Text } = Opcode
const program = new URL('./programs/failing.mjs', import.meta.url)

/** Frames that fail the connection, and the close code that the client sends. */
const FAILURES: [code: number, hex: string][] = [
  [1002, frame(3, '')],
  [1002, '8180000000ff'],
  [1007, frame(Text, 'ff')],
  [1009, `${frame(Binary, '00'.repeat(100), false)}007e0385`],
  [1009, '827e03e9'],
]

/** More data than the client reads in one turn, so that some is unread when the connection fails. */
const REST = { repeat: 4000, hex: '00'.repeat(1000), timeout: 10_000 }

const closeFrames = (frames: { opcode: number; hex: string }[]) =>
  frames.filter(({ opcode }) => opcode === Close).map((each) => Number.parseInt(each.hex.slice(0, 4), 16))

describe.each(apis)('$name', ({ connect }) => {
  test('ends its side after both close frames if the peer waits for it', async () => {
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

  test('ends its side after both close frames if the peer started the handshake', async () => {
    const script = peer.script([
      { accept: true },
      { hex: frame(Close, closePayload(4001)) },
      { readUntilClose: true },
      { readToEnd: true },
      { close: true },
    ])
    const ws = await connect(script.url)
    await expect(async () => ws.recv()).rejects.toMatchObject({ closeCode: 4001 })
    // No further call is needed.
    expect(await script.transcript()).toMatchObject({ ended: 'eof' })
    const start = performance.now()
    await ws.close()
    expect(performance.now() - start).toBeLessThan(5000)
  })

  test.each(FAILURES)('sends close code %i to a peer whose data is unread: %s', async (code, bad) => {
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
    // The counters stay available after the end.
    const { bytesSent, writes } = ws.stats()
    expect(Math.min(bytesSent, writes)).toBeGreaterThan(0)
  })

  test('sends the close frame after the messages of the send queue', async () => {
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
      // The blocking API learns of the failure while it sends.
    }
    await expect(async () => ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_PROTOCOL' })
    expect(await script.transcript()).toMatchObject({ ended: 'eof' })
  })
})

describe.each(['websocket-rs', 'websocket-rs/sync'])('%s', (api) => {
  test.each(FAILURES)('sends the close code even if the process exits at once: %i %s', async (code, bad) => {
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
  })

  test('delays the exit of the process by at most a second if the peer does not end its side', async () => {
    const script = peer.script([{ accept: true }, { hex: frame(3, '') }, { sleep: 20_000 }])
    const start = performance.now()
    expect(await run(program, [api, script.url])).toEqual(success('ERR_WS_PROTOCOL'))
    expect(performance.now() - start).toBeLessThan(10_000)
  })

  test('ends TLS with a close_notify alert', async () => {
    const relay = await startRelay(new URL(peer.wss).port)
    const url = `wss://localhost:${relay.port}`
    expect(await run(program, [api, url, peer.ca, 'close'])).toEqual(success())
    const types = recordTypes(await relay.sent)
    // An alert is of type 21 (RFC 5246 section 6.2.1); in TLS 1.2 its type is not encrypted.
    expect(types.at(-1)).toBe(21)
    expect(types.filter((type) => type === 21)).toHaveLength(1)
  })

  test('ends TLS with a close_notify alert if the connection fails', async () => {
    const relay = await startRelay(new URL(peer.wss).port)
    const url = `wss://localhost:${relay.port}/source?count=1&size=2000`
    expect(await run(program, [api, url, peer.ca])).toEqual(success('ERR_WS_MESSAGE_TOO_BIG'))
    expect(recordTypes(await relay.sent).at(-1)).toBe(21)
  })
})

/** Relays one TCP connection. Returns the relay's port and all bytes that the client sent. */
async function startRelay(port: string): Promise<{ port: number; sent: Promise<Buffer> }> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  const sent = once(server, 'connection').then(async ([client]) => {
    const upstream = connectTcp(Number(port), '127.0.0.1')
    const chunks: Buffer[] = []
    // `pipe` would stop reading when the other side has ended.
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

/** Returns the content types of the TLS records in `bytes`. */
function recordTypes(bytes: Buffer): number[] {
  const types: number[] = []
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3))
    types.push(bytes.readUInt8(at))
  return types
}
