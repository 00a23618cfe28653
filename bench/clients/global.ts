/** The global WebSocket of Node, which is the undici inside it. It trusts the runner's NODE_EXTRA_CA_CERTS. */

import { type StandardWebSocket, standardAdapter } from './standard.js'

const { WebSocket } = globalThis as unknown as { WebSocket: new (url: string) => StandardWebSocket }

export const adapter = standardAdapter(
  { name: 'globalThis.WebSocket', version: `undici ${process.versions.undici}` },
  ({ url }) => {
    const ws = new WebSocket(url)
    ws.binaryType = 'arraybuffer'
    return ws
  },
)
