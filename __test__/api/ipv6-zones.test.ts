// IPv6 addresses with an invalid or unknown zone; __test__/network has the tests with real link-local addresses.

import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

describe.each(apis)('$name', ({ connect }) => {
  test('rejects the zone of an unknown interface with ERR_WS_RESOLVE', async () => {
    const failing = connect('ws://[fe80::1%25nosuchthing]:1/')
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_RESOLVE', phase: 'resolve' })
  })

  test('does not treat credentials as an address with a zone', async () => {
    const { port } = new URL(peer.ws)
    const ws = await connect(`ws://[a%25b]:p@127.0.0.1:${port}/headers`)
    expect(String(await ws.recv())).toContain(Buffer.from('[a%b]:p').toString('base64'))
    ws.terminate()
  })

  test.each(['[fe80::1%25]', '[fe80::1%]', '[fe80::1%25a%2fb]', '[1.2.3.4%25lo]'])(
    'rejects the host %s',
    async (host) => {
      await expect(connect(`ws://${host}/`)).rejects.toMatchObject({ code: 'ERR_WS_INVALID_URL' })
    },
  )
})
