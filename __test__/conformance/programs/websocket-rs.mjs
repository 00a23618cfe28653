// A client that echoes, with either API of websocket-rs.

import { WebSocketError } from 'websocket-rs'

/** Echoes of any size are compressed. */
const OFFERS = {
  none: {},
  deflate: { compression: { threshold: 0 } },
  'deflate-no-context-takeover': { compression: { threshold: 0, clientNoContextTakeover: true } },
}

/** Echoes all messages until the connection ends. Returns the first message. */
export async function visit(api, url, offer = 'none') {
  const { connect } = await import(api)
  // The server takes a ping, which the keepalive sends after 20 s, for the end of a case.
  const ws = await connect(url, { pingInterval: 0, ...OFFERS[offer] })
  let first
  try {
    for await (const message of ws) {
      first ??= message
      await ws.send(message)
    }
  } catch (error) {
    // The server judges how a connection ends. Any other error is a bug of this program.
    if (!(error instanceof WebSocketError)) throw error
  } finally {
    await ws.close()
  }
  return first
}
