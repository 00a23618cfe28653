/** Tests of the order of contenders and cells in a round. */

import { expect, test } from 'vitest'
import { rotated, unrotated } from './rounds.js'

test('unrotated restores the order', () => {
  const cells = ['a', 'b', 'c']
  for (const round of [0, 1, 2, 3, 7]) expect(unrotated(rotated(cells, round), round)).toEqual(cells)
})

test('every contender is first in one of the rounds, and none is left out', () => {
  const contenders = ['a', 'b', 'c']
  expect([0, 1, 2, 3].map((round) => rotated(contenders, round).join(''))).toEqual([
    'abc',
    'bca',
    'cab',
    'abc',
  ])
})
