// TLS failures on an open connection: the error has the code that Node uses for the same failure.

import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { make } from '../support/certificates.js'
import { serveTls } from '../support/tls-server.js'

const made = make()
const GARBAGE = Buffer.from('GARBAGE GARBAGE GARBAGE').toString('hex')
const PAGE = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n').toString('hex')
/** A record of application data that is not encrypted. */
const FORGED = `1703030028${'01'.repeat(40)}`

const ALERT = 'ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC'
const MAC = 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC'

/** Injected bytes, and the code of the error. */
const CASES: [what: string, command: object, code: string | RegExp][] = [
  ['bytes that are not a TLS record', { to: 'client', hex: GARBAGE }, 'ERR_SSL_WRONG_VERSION_NUMBER'],
  ['a plain HTTP response', { to: 'client', hex: PAGE }, 'ERR_SSL_WRONG_VERSION_NUMBER'],
  ['a forged record', { to: 'client', hex: FORGED }, MAC],
  ['a record that is too long', { to: 'client', hex: '170303ffff010203' }, 'ERR_SSL_PACKET_LENGTH_TOO_LONG'],
  ['an alert of the server, which received a forged record', { to: 'server', hex: FORGED }, ALERT],
  [
    'an alert of the server, which received garbage',
    { to: 'server', hex: GARBAGE },
    /^ERR_SSL_(TLSV1_ALERT_PROTOCOL_VERSION|SSLV3_ALERT_UNEXPECTED_MESSAGE)$/,
  ],
]

describe.each(apis)('$name', ({ connect }) => {
  describe.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s', (maxVersion) => {
    test.each(CASES)('reports the code of %s', async (_, command, code) => {
      const ws = await connect(await serveTls({ ...made, maxVersion }, 'tls-injector'), {
        tls: { ca: made.cert },
      })
      await ws.send(JSON.stringify(command))
      const failing = (async () => ws.recv())()
      await expect(failing).rejects.toMatchObject({
        code: 'ERR_WS_CLOSED',
        closeCode: 1006,
        cause: { code: typeof code === 'string' ? code : expect.stringMatching(code) },
      })
      ws.terminate()
    })
  })

  test('rejects renegotiation and reports the alert of the server', async () => {
    const url = await serveTls({ ...made, maxVersion: 'TLSv1.2' }, 'tls-injector')
    const ws = await connect(url, { tls: { ca: made.cert } })
    await ws.send('{"renegotiate":true}')
    const failing = (async () => ws.recv())()
    await expect(failing).rejects.toMatchObject({
      code: 'ERR_WS_CLOSED',
      message: expect.stringContaining('renegotiation'),
      cause: { code: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' },
    })
    ws.terminate()
  })
})
