/** Whether Node trusts OpenSSL's roots instead of its own. */

import { expect, test } from 'vitest'
import { usesOpenssl } from '../support/internals.js'

const official = { target_defaults: { defines: ['NODE_OPENSSL_CONF_NAME=nodejs_conf'] } }
const distribution = { target_defaults: { defines: ['NODE_OPENSSL_CERT_STORE'] } }

test.each<[what: string, flags: string[], config: object, expected: boolean]>([
  ['not by itself', [], official, false],
  ['not with another flag', ['--use-system-ca'], official, false],
  ['with its flag', ['--use-openssl-ca'], official, true],
  ['if it was built to', [], distribution, true],
  ['not if it was built to and told otherwise', ['--use-bundled-ca'], distribution, false],
  ['not if its build says nothing', [], {}, false],
])('%s', (_, flags, config, expected) => {
  expect(usesOpenssl(flags, config)).toBe(expected)
})
