// Loaded before every test file. Without this a regular expression in `toMatchObject` is an object without
// properties, which everything matches.

import { expect } from 'vitest'

function matches(actual: unknown, wanted: unknown): boolean | undefined {
  return wanted instanceof RegExp && typeof actual === 'string' ? wanted.test(actual) : undefined
}

expect.addEqualityTesters([matches])
