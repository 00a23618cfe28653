// Both APIs against third-party servers with permessage-deflate: every mix of parameters, and messages of every size.

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CompressionOptions, Message } from 'websocket-rs'
import { type AnyConnection, apis } from '../support/apis.js'
import { type Running, start } from '../support/service.js'
import { type CompressingServer, compressingServers } from './compressing-servers.js'

/** Every mix of the parameters of an offer. */
const OFFERS: CompressionOptions[] = [false, true].flatMap((serverNoContextTakeover) =>
  [false, true].flatMap((clientNoContextTakeover) =>
    [undefined, 10].flatMap((serverMaxWindowBits) =>
      [true, false, 10].map((clientMaxWindowBits) => ({
        serverNoContextTakeover,
        clientNoContextTakeover,
        serverMaxWindowBits,
        clientMaxWindowBits,
      })),
    ),
  ),
)

const PROTOCOLS = ['other', 'chat']

/** The servers that are sent large messages: one of each library. */
const libraryOf = ({ name }: CompressingServer) => name.split(' ')[0]
const LARGE = compressingServers.filter(
  (server) => compressingServers.find((other) => libraryOf(other) === libraryOf(server)) === server,
)

/** Sizes around each change of the length field of a frame, and one larger than a single read. */
const SIZES = [0, 1, 125, 126, 65_536, 1024 * 1024]
const BURST = 200

/** Returns a text of this size that compresses to a few percent. */
const text = (size: number) => '{"bid":1.0845,"ask":1.0846,"venue":"X"},'.repeat(size / 40 + 1).slice(0, size)

/** Returns a message in a form that is fast to compare. */
const plain = (message: Message) => (typeof message === 'string' ? message : message.toString('latin1'))

async function expectEcho(ws: AnyConnection, message: Message): Promise<void> {
  await ws.send(message)
  const echo = await ws.recv()
  expect(typeof echo).toBe(typeof message)
  expect(plain(echo) === plain(message)).toBe(true)
}

/** Returns how many bytes each side writes for a message that is sent and echoed. */
async function echoedBytes(ws: AnyConnection, message: Message): Promise<{ sent: number; received: number }> {
  const before = ws.stats()
  await expectEcho(ws, message)
  const after = ws.stats()
  return {
    sent: after.bytesSent - before.bytesSent,
    received: after.bytesReceived - before.bytesReceived,
  }
}

/** Returns the `ws.extensions` that a server and an offer it accepts lead to. */
function agreed({ windows, resets }: CompressingServer, offer: CompressionOptions): string {
  const { serverMaxWindowBits = 15, clientMaxWindowBits } = offer
  const server = Math.min(windows.server, serverMaxWindowBits)
  const own = typeof clientMaxWindowBits === 'number' ? clientMaxWindowBits : 15
  const client = clientMaxWindowBits === false ? 15 : Math.min(windows.client, own)
  return [
    'permessage-deflate',
    ...(resets.server || offer.serverNoContextTakeover ? ['server_no_context_takeover'] : []),
    ...(resets.client || offer.clientNoContextTakeover ? ['client_no_context_takeover'] : []),
    ...(server < 15 ? [`server_max_window_bits=${server}`] : []),
    ...(client < 15 ? [`client_max_window_bits=${client}`] : []),
  ].join('; ')
}

/** Checks the echo of some messages, and by the bytes on the wire what was compressed and with which context. */
async function expectTraffic(ws: AnyConnection): Promise<void> {
  const isCompressed = ws.extensions !== ''
  for (const message of [text(8000), Buffer.from(text(8000)), text(8000)]) {
    const { sent, received } = await echoedBytes(ws, message)
    expect([sent < 4000, received < 4000]).toEqual([isCompressed, isCompressed])
  }
  for (const message of ['', 'x', Buffer.alloc(0)]) await expectEcho(ws, message)
  // Only with its context a compressor finds that random bytes are repeated. They fit into the smallest window.
  const random = randomBytes(100)
  await expectEcho(ws, random)
  const { sent, received } = await echoedBytes(ws, random)
  const keeps = (side: string) => isCompressed && !ws.extensions.includes(`${side}_no_context_takeover`)
  expect([sent < 50, received < 50]).toEqual([keeps('client'), keeps('server')])
}

describe.each(compressingServers)('$name', (server) => {
  let started: Running | Error
  beforeAll(async () => {
    started = await start(server, { folder: '', upstream: '' }).catch((error: Error) => error)
  })
  afterAll(() => running().stop())

  /** Returns the server. Throws the reason if it did not start, which fails each of its tests. */
  function running(): Running {
    if (started instanceof Error) throw started
    return started
  }

  describe.each(apis)('$name', ({ connect }) => {
    test.each(OFFERS)('agrees on %j', async (compression) => {
      const opening = connect(`ws://${running().plain}`, {
        compression: { ...compression, threshold: 0 },
        protocols: PROTOCOLS,
      })
      const outcome = server.outcome(compression)
      if (outcome.startsWith('ERR_')) {
        await expect(opening).rejects.toMatchObject({ name: 'HandshakeError', code: outcome })
        return
      }
      const ws = await opening
      expect(ws.extensions).toBe(outcome === 'accepted' ? agreed(server, compression) : '')
      await expectTraffic(ws)
      await ws.close()
      expect(ws.wasClean).toBe(true)
    })

    const open = () =>
      connect(`ws://${running().plain}`, { compression: { threshold: 0 }, protocols: PROTOCOLS })

    test.each(SIZES)('echoes texts and binary messages of %i bytes', async (length) => {
      const ws = await open()
      for (const message of [text(length), Buffer.from(text(length)), text(length)])
        await expectEcho(ws, message)
      await ws.close()
    })

    test.runIf(LARGE.includes(server))('echoes 16 MiB that cannot be compressed, between texts', async () => {
      const ws = await open()
      for (const message of [text(1000), randomBytes(16 * 1024 * 1024), text(1000)])
        await expectEcho(ws, message)
      await ws.close()
    })

    test(`echoes ${BURST} messages sent at once, in order`, async () => {
      const ws = await open()
      const sent = Array.from({ length: BURST }, (_, index) => `${index} ${text(index * 10)}`)
      await ws.sendMany(sent)
      const received: Message[] = []
      while (received.length < BURST) received.push(await ws.recv())
      expect(received).toEqual(sent)
      await ws.close()
    })
  })
})
