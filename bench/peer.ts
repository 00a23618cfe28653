/** Starts the echo server that comes with the sources. */

import { peerCommand, type Server, startServer } from './runner/server.js'

/** A running peer, which speaks TLS too. */
export type Peer = Server & { wss: string; ca: string }

/** Starts `websocket-rs-peer`, on a core of its own where one is given, and waits until it listens. */
export async function startPeer(core?: number): Promise<Peer> {
  return (await startServer(peerCommand(), core)) as Peer
}
