// A client that echoes, with `ws`.

import { WebSocket } from 'ws'

/** Echoes of any size are compressed. */
const OFFERS = {
  none: false,
  deflate: { threshold: 0 },
  'deflate-no-context-takeover': { threshold: 0, clientNoContextTakeover: true },
}

/** Echoes all messages until the connection ends. Returns the first message. */
export async function visit(_, url, offer = 'none') {
  // Two cases send 65 536 fragments, which is over the default limit.
  const ws = new WebSocket(url, {
    perMessageDeflate: OFFERS[offer],
    maxFragments: 0,
    maxBufferedChunks: 0,
  })
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
