// The roots that Node trusts: flags, environment variables and setDefaultCACertificates().

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { make } from '../support/certificates.js'
import { serveTls } from '../support/tls-server.js'

const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-roots-'))
afterAll(() => rmSync(folder, { recursive: true }))

const [empty, other, hashed] = ['empty', 'other', 'hashed'].map((name) => {
  const path = join(folder, name)
  mkdirSync(path)
  return path
}) as [string, string, string]
const authority = make({ names: ['authority'], altNames: [], authority: true })
const server = make({ issuer: authority })
const file = join(folder, 'authority.pem')
writeFileSync(file, authority.cert)
const withBom = join(folder, 'bom.pem')
writeFileSync(withBom, `\ufeff${authority.cert}`.replaceAll('\n', '\r\n'))
writeFileSync(join(hashed, '0123abcd.0'), authority.cert)
writeFileSync(join(other, 'authority.pem'), authority.cert)

const program = fileURLToPath(new URL('programs/roots.mjs', import.meta.url))
const OPEN = 'open open'
const UNKNOWN = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE UNABLE_TO_VERIFY_LEAF_SIGNATURE'
const OPENSSL = ['--use-openssl-ca']
const WARNING = 'NODE_TLS_REJECT_UNAUTHORIZED'

/** Runs the program with flags and variables. Returns its lines and the warnings of Node. */
async function runProgram(
  args: string[],
  flags: string[] = [],
  env: object = {},
): Promise<[string[], string]> {
  const url = await serveTls(server)
  // The settings of this machine are removed.
  const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, SSL_CERT_DIR, ...own } = process.env
  const given = [...flags, program, url, ...args]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, given, { env: { ...own, ...env } })
  return [stdout.trim().split('\n'), stderr]
}

describe.each([
  { thread: 'main thread', prefix: '' },
  { thread: 'Worker', prefix: 'worker-' },
])('$thread', ({ prefix }) => {
  test.each<[what: string, flags: string[], env: object, result: string]>([
    ['no setting', [], {}, UNKNOWN],
    ['NODE_EXTRA_CA_CERTS', [], { NODE_EXTRA_CA_CERTS: file }, OPEN],
    ['NODE_EXTRA_CA_CERTS with a byte order mark and CRLF', [], { NODE_EXTRA_CA_CERTS: withBom }, OPEN],
    ['NODE_EXTRA_CA_CERTS with --use-openssl-ca', OPENSSL, { NODE_EXTRA_CA_CERTS: file }, OPEN],
    ['--use-openssl-ca', OPENSSL, { SSL_CERT_FILE: file }, OPEN],
    ['--use-openssl-ca in NODE_OPTIONS', [], { NODE_OPTIONS: OPENSSL[0], SSL_CERT_FILE: file }, OPEN],
    ['--use_openssl_ca', ['--use_openssl_ca'], { SSL_CERT_FILE: file }, OPEN],
    ['SSL_CERT_FILE without --use-openssl-ca', [], { SSL_CERT_FILE: file }, UNKNOWN],
    ['SSL_CERT_DIR', OPENSSL, { SSL_CERT_DIR: hashed }, OPEN],
    ['SSL_CERT_DIR with several folders', OPENSSL, { SSL_CERT_DIR: [empty, hashed].join(delimiter) }, OPEN],
    ['SSL_CERT_DIR with file names that are not hashes', OPENSSL, { SSL_CERT_DIR: other }, UNKNOWN],
    ['a missing SSL_CERT_FILE', OPENSSL, { SSL_CERT_FILE: join(folder, 'none') }, UNKNOWN],
  ])('trusts the roots that Node trusts: %s', async (_, flags, env, result) => {
    expect(await runProgram([`${prefix}once`], flags, env)).toEqual([[result], ''])
  })

  test('setDefaultCACertificates() takes effect before and after the first connect', async () => {
    expect(await runProgram([`${prefix}set`, file])).toEqual([[UNKNOWN, OPEN, UNKNOWN, OPEN], ''])
    expect(await runProgram([`${prefix}before`, file])).toEqual([[OPEN], ''])
  })

  test('setDefaultCACertificates() overrides the roots of OpenSSL', async () => {
    const env = { SSL_CERT_FILE: file }
    const stranger = join(folder, 'stranger.pem')
    writeFileSync(stranger, make({ names: ['stranger'], altNames: [], authority: true }).cert)
    expect(await runProgram([`${prefix}before`, stranger], OPENSSL, env)).toEqual([[UNKNOWN], ''])
  })

  test('NODE_TLS_REJECT_UNAUTHORIZED=0 accepts any certificate and warns once as Node does', async () => {
    const [lines, warning] = await runProgram([`${prefix}once`], [], { NODE_TLS_REJECT_UNAUTHORIZED: '0' })
    expect(lines).toEqual([OPEN])
    expect(warning.split(WARNING)).toHaveLength(2)
    expect(warning).toContain(
      "Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to '0' makes TLS connections and HTTPS " +
        'requests insecure by disabling certificate verification.',
    )
  })

  test('rejectUnauthorized: true overrides NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    const [lines] = await runProgram([`${prefix}strict`], [], { NODE_TLS_REJECT_UNAUTHORIZED: '0' })
    expect(lines).toEqual([UNKNOWN, OPEN])
  })

  test.each(['1', 'false', ''])('NODE_TLS_REJECT_UNAUTHORIZED=%s has no effect', async (value) => {
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: value }
    expect(await runProgram([`${prefix}once`], [], env)).toEqual([[UNKNOWN], ''])
  })
})
