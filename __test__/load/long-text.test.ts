// A text that takes longer to encode than the blocking API may go without reading the socket.

import { expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const LENGTH = 60_000_000

test.each(apis)(
  '$name: a long text is sent',
  async ({ connect }) => {
    const ws = await connect(`${peer.ws}/digest`)
    await ws.send('é'.repeat(LENGTH))
    expect(String(await ws.recv())).toContain(String(2 * LENGTH))
    await ws.close()
  },
  120_000,
)
