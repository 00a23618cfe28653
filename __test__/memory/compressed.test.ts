// Compressed connections share compressors and decompressors: they take at most half of the memory of those of `ws`.

import { expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'

const program = new URL('./programs/compressed.mjs', import.meta.url)
const APIS = ['websocket-rs', 'websocket-rs/sync']

/** Returns the growth of the process per connection, in bytes. */
async function growthOf(client: string, connections: number, messages: number): Promise<number> {
  // The peer compresses each echo itself.
  const url = `${peer.ws}/?deflate=1&recode=1`
  const ending = await run(program, [client, url, String(connections), String(messages)])
  expect(ending, client).toMatchObject({ code: 0, signal: null, stderr: '' })
  return Number(ending.lines[0])
}

// Measured on Node 20, in KB per connection: 26 and 21 against 260 of ws, and 123 and 105 against 370. So many connections
// that the young generation of V8, which grows up to 32 MB with the messages of any client, is a small part.
test.each([
  [2000, 1],
  [400, 25],
])(
  '%d connections that have had %d messages each way take at most half of the memory of those of ws',
  async (connections, messages) => {
    const bound = (await growthOf('ws', connections, messages)) / 2
    for (const api of APIS) {
      const growth = await growthOf(api, connections, messages)
      console.log(`${api}: ${Math.round(growth / 1000)} KB, bound ${Math.round(bound / 1000)} KB`)
      expect(growth, api).toBeLessThanOrEqual(bound)
    }
  },
  300_000,
)
