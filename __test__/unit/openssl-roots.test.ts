// Detection of whether Node trusts OpenSSL's roots instead of its bundled ones.

import { expect, test } from 'vitest'
import { usesOpenssl } from '../support/internals.js'

const official = { target_defaults: { defines: ['NODE_OPENSSL_CONF_NAME=nodejs_conf'] } }
const distribution = { target_defaults: { defines: ['NODE_OPENSSL_CERT_STORE'] } }

test.each<[what: string, flags: string[], config: object, expected: boolean]>([
  ['false by default', [], official, false],
  ['false with another flag', ['--use-system-ca'], official, false],
  ['true with --use-openssl-ca', ['--use-openssl-ca'], official, true],
  ["true if Node was built with OpenSSL's store", [], distribution, true],
  [
    "false with --use-bundled-ca, even if Node was built with OpenSSL's store",
    ['--use-bundled-ca'],
    distribution,
    false,
  ],
  ['false if the build configuration has no defines', [], {}, false],
])('usesOpenssl() is %s', (_, flags, config, expected) => {
  expect(usesOpenssl(flags, config)).toBe(expected)
})
