// What programs read of `ws._socket` under TLS: the same as of a `tls.TLSSocket`.

import { once } from 'node:events'
import { Agent } from 'node:https'
import { type DetailedPeerCertificate, rootCertificates, type TLSSocket } from 'node:tls'
import { describe, expect, test, vi } from 'vitest'
import type { ClientOptions } from 'ws'
import { make } from '../support/certificates.js'
import { peer } from '../support/peer.js'
import { serveTls } from '../support/tls-server.js'
import { type Class, classes, closed, same } from './parity.js'

type WithSocket = { _socket: TLSSocket }

async function connect(WebSocket: Class, options: ClientOptions) {
  const ws = new WebSocket(peer.wss, { ca: peer.ca, ...options })
  await once(ws, 'open')
  return { ws, socket: (ws as unknown as WithSocket)._socket }
}

/** Returns the subjects from a certificate to the last of its issuers. */
function chainOf(certificate: DetailedPeerCertificate): unknown[] {
  const { subject, issuerCertificate: issuer } = certificate
  return issuer === undefined || issuer === certificate
    ? [subject, issuer === certificate]
    : [subject, ...chainOf(issuer)]
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (version) => {
  const options = { minVersion: version, maxVersion: version }

  same(`certificate, version and ciphers: ${version}`, async (WebSocket, _url, log) => {
    const { ws, socket } = await connect(WebSocket, options)
    log(socket.encrypted, socket.authorized, socket.authorizationError, socket.alpnProtocol)
    log(socket.getProtocol(), Object.keys(socket.getCipher()))
    // The two libraries prefer other suites of TLS 1.2.
    if (version === 'TLSv1.3') log(socket.getCipher())
    else expect(socket.getCipher().name).toMatch(/^ECDHE-(EC|R)DSA-(AES(128|256)-GCM-SHA|CHACHA20-POLY1305)/)
    const { issuerCertificate: _, ...detailed } = socket.getPeerCertificate(true)
    log(socket.getPeerCertificate(), detailed, chainOf(socket.getPeerCertificate(true)))
    // Behind the others: after it, Node 20 does not return the certificate once more.
    log(socket.getPeerX509Certificate()?.fingerprint256)
    ws.close()
    await closed(ws)
  })

  test('a session that is resumed', async () => {
    for (const WebSocket of classes) {
      const reused: boolean[] = []
      for (let count = 0; count < 3; count += 1) {
        const { ws, socket } = await connect(WebSocket, options)
        reused.push(socket.isSessionReused())
        expect(socket.getPeerCertificate().subject.CN).toBeDefined()
        ws.close()
        await closed(ws)
      }
      expect(reused.at(-1), WebSocket === classes[0] ? 'ws' : 'websocket-rs').toBe(WebSocket !== classes[0])
    }
  })
})

same('after the end', async (WebSocket, _url, log) => {
  const { ws, socket } = await connect(WebSocket, {})
  ws.close()
  await closed(ws)
  log(socket.getPeerCertificate(), socket.getProtocol(), socket.getCipher(), socket.isSessionReused())
})

same('without TLS', async (WebSocket, _url, log) => {
  const ws = new WebSocket(peer.ws)
  await once(ws, 'open')
  const { _socket: socket } = ws as unknown as WithSocket
  log(socket.encrypted, socket.authorized, 'getPeerCertificate' in socket, 'getCipher' in socket)
  ws.close()
  await closed(ws)
})

test('what an agent and the environment have switched off is not said to be authorized', async () => {
  for (const WebSocket of classes) {
    const agent = new Agent({ rejectUnauthorized: false })
    const { ws, socket } = await connect(WebSocket, { ca: undefined, agent })
    expect(socket.authorized).toBe(false)
    ws.terminate()
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const { ws: other, socket: unverified } = await connect(WebSocket, { ca: undefined }).finally(() =>
      vi.unstubAllEnvs(),
    )
    expect(unverified.authorized).toBe(false)
    other.terminate()
  }
})

same('ALPNProtocols of the options', async (WebSocket, _url, log) => {
  const { cert, key } = make()
  const url = await serveTls({ cert, key, ALPNProtocols: ['foo'] })
  const ws = new WebSocket(url, { ca: cert, ALPNProtocols: ['foo'] } as ClientOptions)
  const [message] = await once(ws, 'message')
  log(JSON.parse(String(message)).alpn, (ws as unknown as WithSocket)._socket.alpnProtocol)
  ws.terminate()
})

same('issuers that the server does not send', async (WebSocket, _url, log) => {
  const root = make({ names: ['root'], altNames: [], authority: true })
  const issuer = make({ names: ['issuer'], altNames: [], authority: true, issuer: root })
  const { cert, key } = make({ issuer })
  const ws = new WebSocket(await serveTls({ cert, key }), { ca: [root.cert, issuer.cert] })
  await once(ws, 'open')
  log(chainOf((ws as unknown as WithSocket)._socket.getPeerCertificate(true) as DetailedPeerCertificate))
  ws.terminate()
})

same('issuers of certificates in one text', async (WebSocket, _url, log) => {
  const { ws, socket } = await connect(WebSocket, { ca: `${rootCertificates[0]}\n${peer.ca}` })
  log(chainOf(socket.getPeerCertificate(true)))
  ws.terminate()
})

test('nothing is said to be authorized that was not verified', async () => {
  for (const WebSocket of classes) {
    const { ws, socket } = await connect(WebSocket, { ca: undefined, rejectUnauthorized: false })
    expect(socket.authorized).toBe(false)
    expect(socket.authorizationError).toBeTruthy()
    ws.terminate()
  }
})

// With ciphers, a socket of Node carries the connection, and writes the end of TLS.
for (const method of ['close', 'terminate'] as const) {
  same(`the socket is destroyed in 'close' after ${method}()`, async (WebSocket, _url, log) => {
    const { ws, socket } = await connect(WebSocket, { ciphers: 'DEFAULT' } as ClientOptions)
    ws.on('close', () => log(socket.destroyed))
    ws[method]()
    if (method === 'terminate') log(socket.destroyed)
    await closed(ws)
  })
}
