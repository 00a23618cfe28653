// Both APIs against third-party servers: the same messages, closes and pings for each.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Message } from 'websocket-rs'
import { type AnyConnection, type Api, apis } from '../support/apis.js'
import { startPeer } from '../support/peer.js'
import { type Running, start } from '../support/service.js'
import { type Server, servers } from './servers.js'

/** Sizes around each change of the length field of a frame, and one larger than a single read. */
const SIZES = [0, 1, 125, 126, 65_535, 65_536, 1024 * 1024]
const BURST = 200

const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-peers-'))
const peer = await startPeer(['--certificates', folder])
const ca = readFileSync(join(folder, 'authority.pem'))
afterAll(() => {
  peer.stop()
  rmSync(folder, { recursive: true })
})

/** Returns a text of this size in bytes, if possible with characters of one to four bytes. */
function text(size: number, wide = 'ä€😀'): string {
  const pattern = 'abcdefghijklmnopqrstuvwxyz '
  const rest = size - Buffer.byteLength(wide)
  return rest < 0 ? pattern.slice(0, size) : wide + pattern.repeat(rest / pattern.length + 1).slice(0, rest)
}

/** Returns bytes in a pattern whose period is not a power of two. */
function bytes(size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, index) => index % 251))
}

/** Converts to a string for comparison: comparing large Buffers by elements takes seconds. */
const plain = (message: Message) => (typeof message === 'string' ? message : message.toString('latin1'))

async function expectEcho(ws: AnyConnection, message: Message): Promise<void> {
  await ws.send(message)
  const echo = await ws.recv()
  expect(typeof echo).toBe(typeof message)
  expect(plain(echo) === plain(message)).toBe(true)
}

/** Runs a body with a connection, then closes it with a closing handshake. */
type Use = (server: Running, path: string, body: (ws: AnyConnection) => Promise<void>) => Promise<void>

function using({ connect }: Api, { protocol }: Server, tls: boolean): Use {
  return async (server, path, body) => {
    const options = { protocols: protocol.offered, tls: { ca } }
    const ws = await connect(`${tls ? `wss://${server.tls}` : `ws://${server.plain}`}${path}`, options)
    await body(ws)
    await ws.close()
    expect(ws).toMatchObject({ readyState: 3, wasClean: true })
  }
}

/** Checks the echo of a server that splits messages: receives until all of the text has arrived. */
async function expectSplitEcho(ws: AnyConnection, sent: string[]): Promise<void> {
  await ws.sendMany(sent)
  const whole = sent.join('')
  let received = ''
  do received += await ws.recv()
  while (received.length < whole.length)
  expect(received === whole).toBe(true)
}

function splitMessages(running: () => Running, use: Use): void {
  // Without multi-byte characters, because a part may end within one.
  test.each(SIZES)('echoes a text of %i bytes in several messages', (size) =>
    use(running(), '/', (ws) => expectSplitEcho(ws, [text(size, '')])),
  )

  test(`echoes ${BURST} messages sent at once in order, split differently`, () =>
    use(running(), '/', (ws) =>
      expectSplitEcho(
        ws,
        Array.from({ length: BURST }, (_, index) => `${index} ${text(index, '')}`),
      ),
    ))
}

function wholeMessages({ echoes }: Server, running: () => Running, use: Use): void {
  test.each(SIZES)('echoes a text of %i bytes', (size) =>
    use(running(), '/', (ws) => expectEcho(ws, text(size))),
  )

  if (echoes === 'text and binary') {
    test.each(SIZES)('echoes a binary message of %i bytes', (size) =>
      use(running(), '/', (ws) => expectEcho(ws, bytes(size))),
    )
  }

  test(`echoes ${BURST} messages sent at once, in order`, () =>
    use(running(), '/', async (ws) => {
      const sent = Array.from({ length: BURST }, (_, index) => `${index} ${text(index)}`)
      await ws.sendMany(sent)
      const received: Message[] = []
      while (received.length < BURST) received.push(await ws.recv())
      expect(received).toEqual(sent)
    }))
}

/** The tests that every server passes. */
function messages(server: Server, running: () => Running, use: Use): void {
  if (server.echoes === 'text, split') splitMessages(running, use)
  else wholeMessages(server, running, use)

  test('selects the subprotocol', () =>
    use(running(), '/', async (ws) => {
      expect(ws.protocol).toBe(server.protocol.chosen)
    }))

  test('answers a ping', () =>
    use(running(), '/', async (ws) => {
      expect(await ws.ping()).toBeGreaterThan(0)
      await expectEcho(ws, 'after')
    }))
}

/** The tests of closes and pings by the server. */
function commands({ commands, closesWith }: Server, running: () => Running, use: Use): void {
  test.each<[number, string]>([
    [1000, ''],
    [3000, 'ä€😀'],
    [4001, 'bye'],
  ])('closes with %i and the reason %j', (code, reason) =>
    use(running(), `/close?code=${code}&reason=${encodeURIComponent(reason)}`, async (ws) => {
      await expect(async () => ws.recv()).rejects.toMatchObject({ closeCode: code, closeReason: reason })
      expect(ws).toMatchObject({ closeCode: code, closeReason: reason, wasClean: true })
    }),
  )

  test('closes without a code', () =>
    use(running(), '/close?code=0', async (ws) => {
      await expect(async () => ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
      expect(ws).toMatchObject({ closeCode: closesWith, closeReason: '', wasClean: true })
    }))

  if (commands === 'close') return
  test('receives the pong for its ping', () =>
    use(running(), '/ping?payload=beat', async (ws) => {
      expect(await ws.recv()).toBe('pong:beat')
      await expectEcho(ws, 'after')
    }))
}

/** The tests of closes by the client. */
function closes({ answersWith, reportsClose, protocol }: Server, running: () => Running, api: Api): void {
  const closed = async (...frame: [code?: number, reason?: string]) => {
    const ws = await api.connect(`ws://${running().plain}`, { protocols: protocol.offered })
    await ws.close(...frame)
    return ws
  }

  test('completes the closing handshake of close()', async () => {
    expect(await closed()).toMatchObject({ closeCode: 1000, wasClean: true })
  })

  test('receives a close code and its reason', async () => {
    // No other test of this server closes with these.
    const reason = `ä€ ${api.name}`
    expect(await closed(4002, reason)).toMatchObject({ closeCode: answersWith ?? 4002, wasClean: true })
    if (reportsClose) await running().output.printed(JSON.stringify({ code: 4002, reason }))
  })
}

describe.each(servers)('$name', (server) => {
  let started: Running | Error
  beforeAll(async () => {
    started = await start(server, { folder, upstream: new URL(peer.ws).host }).catch((error: Error) => error)
  })
  afterAll(() => running().stop())

  /** Returns the server. Throws the reason if it did not start, which fails each of its tests. */
  function running(): Running {
    if (started instanceof Error) throw started
    return started
  }

  describe.each(apis)('$name', (api) => {
    messages(server, running, using(api, server, false))
    closes(server, running, api)
    if (server.commands !== 'none') commands(server, running, using(api, server, false))
    if (server.tls) describe('with TLS', () => messages(server, running, using(api, server, true)))
  })
})
