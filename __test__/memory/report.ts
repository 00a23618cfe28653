// Programs that measure memory and print what they have found.

import { expect } from 'vitest'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'

/** Returns what a program prints, in JSON. Its arguments are what to do and the URL of an echo. */
export async function reportOf<T>(program: URL, what: string): Promise<T> {
  const ending = await run(program, [what, `${peer.ws}/echo`], ['--expose-gc'])
  expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' })
  return JSON.parse(ending.lines[0] as string) as T
}
