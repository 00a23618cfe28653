// Trusted authorities: which certificates are accepted, and the errors for the others.

import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { afterAll, describe, expect, test } from 'vitest'
import { connect } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { run, success } from '../support/program.js'

const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** An authority that did not sign the peer's certificate. */
const STRANGER = rootCertificates[0] as string

describe.each(apis)('$name', ({ connect }) => {
  test.each([
    ['a string', () => peer.ca],
    ['a Buffer', () => Buffer.from(peer.ca)],
    ['one of several', () => [STRANGER, Buffer.from(peer.ca)]],
    ['one of several in one text', () => `${STRANGER}\n${peer.ca}`],
  ])('trusts the authority given as %s', async (_, ca) => {
    const ws = await connect(peer.wss, { tls: { ca: ca() } })
    await ws.send('x')
    expect(await ws.recv()).toBe('x')
    await ws.close()
  })

  test('accepts https: in place of wss:', async () => {
    const ws = await connect(peer.wss.replace('wss:', 'https:'), { tls: { ca: peer.ca } })
    expect(ws.readyState).toBe(1)
    ws.terminate()
  })

  test.each([
    ['without an authority', undefined],
    ['with another authority', STRANGER],
  ])('rejects a certificate that no trusted authority signed: %s', async (_, ca) => {
    await expect(connect(peer.wss, ca === undefined ? {} : { tls: { ca } })).rejects.toMatchObject({
      name: 'ConnectError',
      code: 'ERR_WS_TLS',
      phase: 'tls',
      cause: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
    })
  })

  test('accepts any certificate with rejectUnauthorized: false', async () => {
    const ws = await connect(peer.wss, { tls: { rejectUnauthorized: false } })
    await ws.send('x')
    expect(await ws.recv()).toBe('x')
    ws.terminate()
  })

  test('rejects an authority that is not PEM', async () => {
    await expect(connect(peer.wss, { tls: { ca: 'no PEM' } })).rejects.toMatchObject({
      name: 'TypeError',
      code: 'ERR_WS_INVALID_OPTION',
    })
  })
})

test('promise API: fails with ERR_WS_TLS if the server does not speak TLS', async () => {
  const server = createServer((socket) =>
    socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await expect(connect(`wss://127.0.0.1:${port}`)).rejects.toMatchObject({
    name: 'ConnectError',
    code: 'ERR_WS_TLS',
    phase: 'tls',
  })
  server.close()
})

test('both APIs trust the authorities of NODE_EXTRA_CA_CERTS', async () => {
  const authority = join(folder, 'ca.pem')
  writeFileSync(authority, peer.ca)
  const program = new URL('./programs/trusted.mjs', import.meta.url)
  expect(await run(program, [peer.wss, authority])).toEqual(success('blocking x', 'promise x'))
})
