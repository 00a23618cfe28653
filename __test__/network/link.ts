/** A peer in a network namespace, behind a link that a test can break and heal. */

import { networkInterfaces } from 'node:os'
import { join, Namespace } from '../support/network.js'
import { type Peer, startPeer } from '../support/peer.js'

const DEVICE = 'wire'

/** A link, and the peer at its other end. */
export interface Link {
  /** `ws://address:port` of the peer. */
  ws: string
  /** Registers a script of the peer. */
  script: Peer['script']
  /** A URL with a port of the peer's address at which nothing listens. */
  refusing: string
  /** Drops everything the peer sends, without an error. */
  breakDown(): void
  /** Removes all faults. */
  heal(): void
  /** Limits the link to a number of bits per second, with a longest delay in ms. */
  slowDown(bits: number, delay: number): void
  /** Resets all TCP connections at the peer's end, as a machine that restarts. */
  reset(): void
  remove(): void
}

/** Returns a network of which this machine has no address: a run that was killed leaves its own behind. */
function findNetwork(): string {
  const used = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address))
  for (let tried = 0; tried < 250; tried++) {
    const net = `10.213.${(process.pid + tried) % 250}`
    if (!used.includes(`${net}.1`)) return net
  }
  throw new Error('all networks of 10.213.0.0/16 are in use')
}

/** Makes a link. */
export async function startLink(): Promise<Link> {
  const far = new Namespace()
  const net = findNetwork()
  // The name of a device is at most 15 bytes long.
  join(
    { device: `wsrs${process.pid}`, address: `${net}.1` },
    { namespace: far, device: DEVICE, address: `${net}.2` },
  )
  const peer = await startPeer(['--host', `${net}.2`, '--no-tls'], far.enter)
  return {
    ws: peer.ws,
    script: peer.script,
    refusing: `ws://${net}.2:9`,
    breakDown: () => far.run('ip', 'route', 'add', 'blackhole', `${net}.1/32`),
    heal() {
      far.run('ip', 'route', 'flush', 'type', 'blackhole')
      // Fails if there is none.
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
