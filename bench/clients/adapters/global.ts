/** The global WebSocket of Node, which is its bundled undici. It trusts the certificate in NODE_EXTRA_CA_CERTS. */

import { type WhatwgWebSocket, whatwgAdapter } from '../whatwg-api.js'

const { WebSocket } = globalThis as unknown as { WebSocket: new (url: string) => WhatwgWebSocket }

export const adapter = whatwgAdapter(
  { name: 'globalThis.WebSocket', version: `undici ${process.versions.undici}` },
  ({ url }) => {
    const ws = new WebSocket(url)
    ws.binaryType = 'arraybuffer'
    return ws
  },
)
