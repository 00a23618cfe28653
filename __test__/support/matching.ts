// Makes a regular expression inside `toMatchObject` match a string; vitest loads it before every test file. By
// default a regular expression there counts as an object without properties, which every value matches.

import { expect } from 'vitest'

function matches(actual: unknown, expected: unknown): boolean | undefined {
  return expected instanceof RegExp && typeof actual === 'string' ? expected.test(actual) : undefined
}

expect.addEqualityTesters([matches])
