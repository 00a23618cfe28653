// User code that runs during the delivery of a batch and blocks, and failing allocations of memory.

import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run, success } from '../support/program.js'

const reentrant = new URL('./programs/reentrant.mjs', import.meta.url)

test.each([
  ['getter', 'false', 'binary'],
  ['getter', 'true', 'binary'],
  ['hook', 'false', 'binary'],
  ['hook', 'true', 'binary'],
  ['hook', 'false', 'text'],
  ['hook', 'true', 'text'],
])(
  'delivers all messages intact if a %s blocks during a batch, reuseMemory %s, %s messages',
  async (...args) => {
    const ending = await run(reentrant, [peer.ws, ...args])
    expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' })
    expect(JSON.parse(ending.lines[0] as string)).toEqual({ outside: [400, 0], inside: 0, some: true })
  },
)

const noMemory = new URL('./programs/no-memory.mjs', import.meta.url)

describe.each(['websocket-rs', 'websocket-rs/sync'])('%s', (api) => {
  test.each(['an allocation that fails', 'an allocation that is too small'])(
    'ends only the connection whose messages have no memory: %s',
    async (failure) => {
      const { lines, ...ending } = await run(noMemory, [api, `${peer.ws}/echo`, failure])
      expect(ending).toEqual({ code: 0, signal: null, stderr: '' })
      expect(lines[0]).toBe('ERR_WS_CLOSED 1006 ENOMEM')
      expect(lines[1]).toMatch(/^true [0-7] 3$/)
      expect(lines.slice(2)).toEqual(['0 0', 'x', 'y'])
    },
  )

  test('rejects a blocking call during an allocation with ERR_WS_REENTRANT', async () => {
    const ending = await run(noMemory, [api, `${peer.ws}/echo`, 'a blocking call'])
    expect(ending).toEqual(success('true 8 1 ERR_WS_REENTRANT', '0 0', 'x', 'y'))
  })
})
