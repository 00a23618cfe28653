// Either face of websocket-rs as a client that echoes.

import { WebSocketError } from 'websocket-rs'

/** Echoes whatever comes until the connection ends; gives the first message. */
export async function visit(face, url) {
  const { connect } = await import(face)
  const ws = await connect(url)
  let first
  try {
    for await (const message of ws) {
      first ??= message
      await ws.send(message)
    }
  } catch (error) {
    // How a connection ends is for the server to judge; any other error is a mistake of this program.
    if (!(error instanceof WebSocketError)) throw error
  } finally {
    await ws.close()
  }
  return first
}
