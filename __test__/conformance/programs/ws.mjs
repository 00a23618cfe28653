// A client that echoes, with `ws`.

import { WebSocket } from 'ws'

/** Echoes all messages until the connection ends. Returns the first message. */
export async function visit(_, url) {
  // Two cases send 65 536 fragments, which is over the default limit. permessage-deflate is off because its cases are
  // excluded.
  const ws = new WebSocket(url, { perMessageDeflate: false, maxFragments: 0, maxBufferedChunks: 0 })
  let first
  ws.on('message', (data, isBinary) => {
    first ??= data
    ws.send(data, { binary: isBinary })
  })
  // Ignored: `close` follows every error, and the server judges how a connection ends.
  ws.on('error', () => {})
  await new Promise((resolve) => {
    ws.on('close', resolve)
  })
  return first
}
