// Link-local addresses with a zone, which names the interface.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { join, Namespace } from '../support/network.js'
import { type Peer, startPeer } from '../support/peer.js'

// The name of a device is at most 15 bytes long.
const device = `wsrz${process.pid}`

// Network namespaces exist on Linux only.
describe.runIf(process.platform === 'linux')('zones', () => {
  let far: Namespace
  let peer: Peer

  beforeAll(async () => {
    far = new Namespace()
    join({ device, address: 'fe80::1' }, { namespace: far, device: 'wire', address: 'fe80::2' })
    peer = await startPeer(['--host', '::', '--no-tls'], far.enter)
  })

  afterAll(() => {
    peer.stop()
    far.remove()
  })

  describe.each(apis)('$name', ({ connect }) => {
    test.each(['%25', '%'])(
      'connects through the interface after %s and does not send the zone',
      async (sign) => {
        const port = Number(new URL(peer.ws).port)
        const ws = await connect(`ws://[fe80::2${sign}${device}]:${port}/headers`)
        expect(JSON.parse((await ws.recv()) as string).host).toEqual([`[fe80::2]:${port}`])
        expect(ws.remoteAddress).toMatchObject({ address: 'fe80::2', family: 'IPv6', port })
        ws.terminate()
      },
    )
  })
})
