/** undici's WebSocket. 'arraybuffer', because the default 'blob' would have to be read asynchronously. */

import { rival, rivalVersion } from './locate.js'
import { type StandardWebSocket, standardAdapter } from './standard.js'

const undici = rival<typeof import('undici')>('undici')

export const adapter = standardAdapter({ name: 'undici', version: rivalVersion('undici') }, ({ url, ca }) => {
  const options = ca === undefined ? {} : { dispatcher: new undici.Agent({ connect: { ca } }) }
  const ws = new undici.WebSocket(url, options)
  ws.binaryType = 'arraybuffer'
  return ws as unknown as StandardWebSocket
})
