// Both APIs against other people's servers: the same messages, closes and pings for each of them.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Message } from 'websocket-rs'
import { type AnyConnection, type Api, apis } from '../support/apis.js'
import { startPeer } from '../support/peer.js'
import { type Running, start } from '../support/service.js'
import { type Server, servers } from './servers.js'

/** Both sides of each change of a frame's length field, and more than one read of a socket. */
const SIZES = [0, 1, 125, 126, 65_535, 65_536, 1024 * 1024]
const BURST = 200

const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-peers-'))
const peer = await startPeer(['--certificates', folder])
const ca = readFileSync(join(folder, 'authority.pem'))
afterAll(() => {
  peer.stop()
  rmSync(folder, { recursive: true })
})

/** A text of this many bytes; where there is room for it, of characters of one to four bytes. */
function text(size: number, wide = 'ä€😀'): string {
  const pattern = 'abcdefghijklmnopqrstuvwxyz '
  const room = size - Buffer.byteLength(wide)
  return room < 0 ? pattern.slice(0, size) : wide + pattern.repeat(room / pattern.length + 1).slice(0, room)
}

/** Bytes whose pattern repeats at no power of two. */
function bytes(size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, index) => index % 251))
}

/** Compared as strings: to compare big buffers by their elements takes seconds. */
const plain = (message: Message) => (typeof message === 'string' ? message : message.toString('latin1'))

async function expectEcho(ws: AnyConnection, message: Message): Promise<void> {
  await ws.send(message)
  const echo = await ws.recv()
  expect(typeof echo).toBe(typeof message)
  expect(plain(echo) === plain(message)).toBe(true)
}

/** Runs with a connection, and closes it in good order. */
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

/** The same for a server whose echo comes in pieces: one, and as many more as the text is long. */
async function expectPieces(ws: AnyConnection, sent: string[]): Promise<void> {
  await ws.sendMany(sent)
  const whole = sent.join('')
  let received = ''
  do received += await ws.recv()
  while (received.length < whole.length)
  expect(received === whole).toBe(true)
}

function pieces(running: () => Running, use: Use): void {
  // No characters of several bytes, as a piece may end within one.
  test.each(SIZES)('echoes a text of %i bytes in pieces', (size) =>
    use(running(), '/', (ws) => expectPieces(ws, [text(size, '')])),
  )

  test(`echoes ${BURST} messages sent at once in pieces, in order`, () =>
    use(running(), '/', (ws) =>
      expectPieces(
        ws,
        Array.from({ length: BURST }, (_, index) => `${index} ${text(index, '')}`),
      ),
    ))
}

function wholes({ takes }: Server, running: () => Running, use: Use): void {
  test.each(SIZES)('echoes a text of %i bytes', (size) =>
    use(running(), '/', (ws) => expectEcho(ws, text(size))),
  )

  if (takes === 'text and binary') {
    test.each(SIZES)('echoes %i bytes of binary', (size) =>
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

/** What every server can do. */
function messages(server: Server, running: () => Running, use: Use): void {
  if (server.takes === 'text, in pieces') pieces(running, use)
  else wholes(server, running, use)

  test('agrees on the subprotocol', () =>
    use(running(), '/', async (ws) => {
      expect(ws.protocol).toBe(server.protocol.chosen)
    }))

  test('answers a ping', () =>
    use(running(), '/', async (ws) => {
      expect(await ws.ping()).toBeGreaterThan(0)
      await expectEcho(ws, 'after')
    }))
}

/** Closes and pings from the other side. */
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
  test('has its ping answered', () =>
    use(running(), '/ping?payload=beat', async (ws) => {
      expect(await ws.recv()).toBe('pong:beat')
      await expectEcho(ws, 'after')
    }))
}

/** Closes from this side. */
function closes({ answersWith, reportsClose, protocol }: Server, running: () => Running, api: Api): void {
  const closed = async (...frame: [code?: number, reason?: string]) => {
    const ws = await api.connect(`ws://${running().plain}`, { protocols: protocol.offered })
    await ws.close(...frame)
    return ws
  }

  test('answers close() in good order', async () => {
    expect(await closed()).toMatchObject({ closeCode: 1000, wasClean: true })
  })

  test('takes a close code and its reason', async () => {
    // Nothing another test of this server closes with.
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

  /** A server that did not start fails each of its tests with the reason. */
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
