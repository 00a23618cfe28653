// Plain agents of Node, not subclasses: native code makes the connection, with their options.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { Agent as PlainAgent } from 'node:http'
import { Agent, createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import WebSocket, { WebSocketServer } from 'websocket-rs/ws'
import Original from 'ws'
import { make } from '../support/certificates.js'

const ours = make()
const other = make({ names: ['other.example'] })
const http = createServer({ ...ours, requestCert: true, rejectUnauthorized: false })
const server = new WebSocketServer({ server: http })
let url: string

beforeAll(async () => {
  server.on('connection', (ws, { socket }) => {
    const { raw } = (socket as TLSSocket).getPeerCertificate()
    ws.send(raw === undefined ? 'no certificate' : 'certificate')
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  url = `wss://localhost:${(http.address() as AddressInfo).port}`
})

afterAll(() => {
  for (const ws of server.clients) ws.terminate()
  server.close()
  http.close()
})

/** Returns the first message that a client gets. */
async function receive(Class: typeof WebSocket, options: object): Promise<string> {
  const ws = new Class(url, options)
  const [message] = (await once(ws, 'message')) as [Buffer]
  ws.terminate()
  return String(message)
}

const { cert, key } = ours

describe.each([
  ['ws', Original as unknown as typeof WebSocket, 0],
  ['websocket-rs/ws', WebSocket, 1],
])('%s', (_, Class, opens) => {
  test.each([
    ['its authorities and client certificate', { agent: new Agent({ ca: cert, cert, key }) }, 'certificate'],
    ['only its authorities', { agent: new Agent({ ca: cert, keepAlive: true }) }, 'no certificate'],
    [
      'its options before those of the request',
      { ca: other.cert, agent: new Agent({ ca: cert }), cert, key },
      'certificate',
    ],
    ['rejectUnauthorized', { agent: new Agent({ rejectUnauthorized: false }) }, 'no certificate'],
  ])('takes from an agent %s', async (_name, options, expected) => {
    let opened = 0
    const count = () => {
      opened += 1
    }
    subscribe('websocket-rs:open', count)
    const message = await receive(Class, options)
    unsubscribe('websocket-rs:open', count)
    expect([message, opened]).toEqual([expected, opens])
  })

  test('takes no authorities of the request if the agent has the option without a value', async () => {
    const options = { ca: cert, agent: new Agent({ ca: undefined }) }
    await expect(receive(Class, options)).rejects.toThrow('self-signed')
  })

  test('throws if the agent is for another scheme', () => {
    const wrong = expect.objectContaining({
      name: 'TypeError',
      code: 'ERR_INVALID_PROTOCOL',
      message: 'Protocol "https:" not supported. Expected "http:"',
    })
    expect(() => new Class(url, { agent: new PlainAgent() })).toThrow(wrong)
  })
})
