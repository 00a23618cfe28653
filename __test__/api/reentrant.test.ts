// Code of the user's that runs in the middle of a batch, where nobody thinks of it, and blocks there.

import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run, success } from '../support/program.js'

const program = new URL('./programs/reentrant.mjs', import.meta.url)

test.each([
  ['then', 'false', 'binary'],
  ['then', 'true', 'binary'],
  ['hook', 'false', 'binary'],
  ['hook', 'true', 'binary'],
  ['hook', 'false', 'text'],
  ['hook', 'true', 'text'],
])(
  'a blocked call in a %s leaves the messages of both connections as they are, reuseMemory %s, %s',
  async (...args) => {
    const ending = await run(program, [peer.ws, ...args])
    expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' })
    expect(JSON.parse(ending.lines[0] as string)).toEqual({ outside: [400, 0], inside: 0, some: true })
  },
)

const noMemory = new URL('./programs/no-memory.mjs', import.meta.url)

describe.each(['websocket-rs', 'websocket-rs/sync'])('%s', (api) => {
  test.each(['an allocation that fails', 'a memory that is too small'])(
    'a connection for whose messages there is no memory ends, and no other: %s',
    async (what) => {
      const { lines, ...ending } = await run(noMemory, [api, `${peer.ws}/echo`, what])
      expect(ending).toEqual({ code: 0, signal: null, stderr: '' })
      expect(lines[0]).toBe('ERR_WS_CLOSED 1006 ENOMEM')
      expect(lines[1]).toMatch(/^true [0-7] 3$/)
      expect(lines.slice(2)).toEqual(['0 0', 'x', 'y'])
    },
  )

  test('a blocking call where memory is asked for is refused, and harms nothing', async () => {
    const ending = await run(noMemory, [api, `${peer.ws}/echo`, 'a blocking call'])
    expect(ending).toEqual(success('true 8 1 ERR_WS_REENTRANT', '0 0', 'x', 'y'))
  })
})
