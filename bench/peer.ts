/** Starts the echo server of the repository, crates/peer. */

import { peerCommand, type Server, startServer } from './runner/server.js'

/** A running peer, which supports TLS too. */
export type Peer = Server & { wss: string; ca: string }

/** Starts `websocket-rs-peer`, on the given core if any, and waits until it listens. */
export async function startPeer(core?: number): Promise<Peer> {
  return (await startServer(peerCommand(), core)) as Peer
}
