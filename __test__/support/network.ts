/** A network that can be broken: two namespaces, the peer in one, the program under test in the other. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { type Peer, startPeer } from './peer.js'
import { type Program, start } from './program.js'

const PEER_ADDRESS = '10.99.0.2'
let networks = 0

/** The client's side breaks the network itself, with nft, at the moment it wants: see __test__/network/programs/opening.mjs. */
export interface Network {
  peer: Peer
  start(file: URL, args: string[]): Program
}

function ip(...args: string[]): void {
  try {
    execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (cause) {
    const message = `ip ${args.join(' ')} failed: these tests need root, iproute2 and network namespaces`
    throw new Error(message, { cause })
  }
}

/**
 * Names are asked of the peer's address, and far longer than a test may take. `two.test` is at an address that
 * nobody has, and at the peer's.
 */
function names(namespace: string): void {
  const folder = `/etc/netns/${namespace}`
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/resolv.conf`, `nameserver ${PEER_ADDRESS}\noptions timeout:30 attempts:5\n`)
  writeFileSync(`${folder}/hosts`, `10.99.0.3 two.test\n${PEER_ADDRESS} two.test\n`)
}

/** Makes the namespaces; both are deleted, with all in them, when the test is over. */
export async function startNetwork(): Promise<Network> {
  const name = `websocket-rs-${process.pid}-${networks++}`
  const [client, server] = [`${name}-client`, `${name}-server`]
  for (const namespace of [client, server]) {
    ip('netns', 'add', namespace)
    onTestFinished(() => ip('netns', 'delete', namespace))
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
  }
  ip('-n', client, 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', server)
  for (const [namespace, address] of [
    [client, '10.99.0.1'],
    [server, PEER_ADDRESS],
  ] as const) {
    ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'wire')
    ip('-n', namespace, 'link', 'set', 'wire', 'up')
  }
  names(client)
  const peer = await startPeer(['--host', PEER_ADDRESS], ['ip', 'netns', 'exec', server])
  onTestFinished(() => peer.stop())
  return { peer, start: (file, args) => start(file, args, [], ['ip', 'netns', 'exec', client]) }
}
