// Both APIs against third-party servers with permessage-deflate: every mix of parameters.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CompressionOptions } from 'websocket-rs'
import { apis } from '../support/apis.js'
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
      const opening = connect(`ws://${running().plain}`, { compression, protocols: PROTOCOLS })
      const outcome = server.outcome(compression)
      if (outcome.startsWith('ERR_')) {
        await expect(opening).rejects.toMatchObject({ name: 'HandshakeError', code: outcome })
        return
      }
      const ws = await opening
      expect(ws.extensions).toBe(outcome === 'accepted' ? agreed(server, compression) : '')
      await ws.close()
      expect(ws.wasClean).toBe(true)
    })
  })
})
