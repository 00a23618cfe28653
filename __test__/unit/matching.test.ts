// Checks that support/matching.ts is loaded: without it, regular expressions in toMatchObject match everything.

import { expect, test } from 'vitest'

test('toMatchObject fails if a regular expression does not match', async () => {
  const error = new Error('text')
  expect(error).toMatchObject({ message: /^text$/ })
  expect(() => expect(error).toMatchObject({ message: /other/ })).toThrow('other')
  const rejected = expect(Promise.reject(error)).rejects.toMatchObject({ message: /other/ })
  await expect(rejected).rejects.toThrow('other')
})
