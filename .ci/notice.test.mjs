// Tests of the check of NOTICE; `make lint` applies it to the crates that are linked.

import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

import { differences } from './notice.mjs'

const NOTICE =
  'A header.\n\n- a-crate 1.2.3, MIT\n- other 0.1.0, Apache-2.0 AND ISC\n\n====\na-crate 1.2.3\n\nText - with, signs\n'

it.each([
  ['the same crates', ['a-crate 1.2.3', 'other 0.1.0'], []],
  [
    'another version',
    ['a-crate 1.2.4', 'other 0.1.0'],
    ['does not list a-crate 1.2.4', 'lists a-crate 1.2.3, which is not linked'],
  ],
  ['a crate more', ['a-crate 1.2.3', 'new 1.0.0', 'other 0.1.0'], ['does not list new 1.0.0']],
  ['a crate less', ['a-crate 1.2.3'], ['lists other 0.1.0, which is not linked']],
])('finds what differs from %s', (_, linked, expected) => {
  expect(differences(NOTICE, linked)).toEqual(expected)
})

it('has a text for each crate of the list', () => {
  const [list, ...texts] = readFileSync('NOTICE', 'utf8').split(/^=+$/m)
  const listed = [...list.matchAll(/^- (\S+ \d\S*), /gm)].map(([, crate]) => crate)
  const owners = texts.flatMap((text) => text.trim().split('\n\n')[0].split('\n'))
  expect(listed.length).toBeGreaterThan(50)
  expect(owners).toEqual(expect.arrayContaining(listed))
  for (const text of texts) expect(text.trim().length, text).toBeGreaterThan(400)
})
