// Code of the user's that runs in the middle of a batch, where nobody thinks of it, and blocks there.

import { expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'

const program = new URL('./programs/reentrant.mjs', import.meta.url)

test.each([
  ['then', 'false'],
  ['then', 'true'],
  ['hook', 'false'],
  ['hook', 'true'],
])(
  'a blocked call in a %s leaves the messages of both connections as they are, reuseMemory %s',
  async (...args) => {
    const ending = await run(program, [peer.ws, ...args])
    expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' })
    expect(JSON.parse(ending.lines[0] as string)).toEqual({ outside: [400, 0], inside: 0, some: true })
  },
)
