/** A peer behind a link that the test, on this side of it, can break and heal. */

import { join, Namespace } from '../support/network.js'
import { startPeer } from '../support/peer.js'

const DEVICE = 'wire'

/** A link, and who is at its other end. */
export interface Link {
  /** `ws://address:port` of the peer. */
  ws: string
  /** A port of the peer's address at which nobody listens. */
  refusing: string
  /** Nothing of the peer's arrives any more, and nobody is told. */
  breakDown(): void
  /** Everything arrives again, at once. */
  heal(): void
  /** So many bits arrive in a second, with so much delay at the most in ms. */
  slowDown(bits: number, delay: number): void
  /** Ends all TCP connections at the peer's end with RST, as a machine does that starts anew. */
  reset(): void
  remove(): void
}

/** Makes a link. */
export async function startLink(): Promise<Link> {
  const far = new Namespace()
  const net = `10.213.${process.pid % 250}`
  // The name of a device has at most 15 bytes.
  join(
    { device: `wsrs${process.pid}`, address: `${net}.1` },
    { namespace: far, device: DEVICE, address: `${net}.2` },
  )
  const peer = await startPeer(['--host', `${net}.2`, '--no-tls'], far.enter)
  return {
    ws: peer.ws,
    refusing: `ws://${net}.2:9`,
    breakDown: () => far.run('ip', 'route', 'add', 'blackhole', `${net}.1/32`),
    heal() {
      far.run('ip', 'route', 'flush', 'type', 'blackhole')
      // There may be none.
      far.run('sh', '-c', `tc qdisc del dev ${DEVICE} root 2>/dev/null || true`)
    },
    slowDown(bits, delay) {
      const bucket = ['tbf', 'rate', `${bits}bit`, 'burst', '16kb', 'latency', `${delay}ms`]
      far.run('tc', 'qdisc', 'replace', 'dev', DEVICE, 'root', ...bucket)
    },
    reset: () => far.run('ss', '-K', 'dst', `${net}.1`),
    remove() {
      peer.stop()
      far.remove()
    },
  }
}
