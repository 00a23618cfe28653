// That support/matching.ts is in force: without it all of these pass.

import { expect, test } from 'vitest'

test('a regular expression that does not match is a failure', async () => {
  const error = new Error('text')
  expect(error).toMatchObject({ message: /^text$/ })
  expect(() => expect(error).toMatchObject({ message: /other/ })).toThrow('other')
  const rejected = expect(Promise.reject(error)).rejects.toMatchObject({ message: /other/ })
  await expect(rejected).rejects.toThrow('other')
})
