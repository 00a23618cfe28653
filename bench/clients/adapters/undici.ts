/** The npm package undici. Uses `binaryType` 'arraybuffer', as the default 'blob' has to be read asynchronously. */

import { rival, rivalVersion } from '../locate.js'
import { type WhatwgWebSocket, whatwgAdapter } from '../whatwg-api.js'

const undici = rival<typeof import('undici')>('undici')

export const adapter = whatwgAdapter({ name: 'undici', version: rivalVersion('undici') }, ({ url, ca }) => {
  const options = ca === undefined ? {} : { dispatcher: new undici.Agent({ connect: { ca } }) }
  const ws = new undici.WebSocket(url, options)
  ws.binaryType = 'arraybuffer'
  return ws as unknown as WhatwgWebSocket
})
