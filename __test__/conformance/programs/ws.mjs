// `ws` as a client that echoes.

import { WebSocket } from 'ws'

/** Echoes whatever comes until the connection ends; gives the first message. */
export async function visit(_, url) {
  // Two cases send 65,536 fragments, which is more than it takes by default. Autobahn's cases for deflate are
  // left out, so it is not offered.
  const ws = new WebSocket(url, { perMessageDeflate: false, maxFragments: 0, maxBufferedChunks: 0 })
  let first
  ws.on('message', (data, isBinary) => {
    first ??= data
    ws.send(data, { binary: isBinary })
  })
  // `close` comes after it in any case, and how a connection ends is for the server to judge.
  ws.on('error', () => {})
  await new Promise((resolve) => {
    ws.on('close', resolve)
  })
  return first
}
