/**
 * Builds networks that tests can break: network namespaces joined by pairs of virtual devices. Requires Linux,
 * iproute2, nftables, and root or passwordless `sudo`.
 */

import { execFileSync } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { type Peer, startPeer } from './peer.js'
import { type Program, start } from './program.js'

/** The prefix of a command that requires root. */
const AS_ROOT = process.getuid?.() === 0 ? [] : ['sudo', '-n']

let namespaces = 0

function run(...command: string[]): void {
  const [program = '', ...args] = command
  try {
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (cause) {
    const requirements = 'these tests require root or sudo, iproute2, nftables and network namespaces'
    throw new Error(`${command.join(' ')} failed: ${requirements}`, { cause })
  }
}

/** A network namespace. Removing it removes its devices and rules. */
export class Namespace {
  readonly name = `websocket-rs-${process.pid}-${namespaces++}`
  /** The prefix of a command that runs in this namespace. */
  readonly enter = [...AS_ROOT, 'ip', 'netns', 'exec', this.name]

  constructor() {
    run(...AS_ROOT, 'ip', 'netns', 'add', this.name)
    this.run('ip', 'link', 'set', 'lo', 'up')
  }

  run(...command: string[]): void {
    run(...this.enter, ...command)
  }

  remove(): void {
    run(...AS_ROOT, 'ip', 'netns', 'delete', this.name)
  }
}

/** One end of a link: its namespace, device name and address. */
export interface End {
  namespace?: Namespace
  device: string
  address: string
}

/** Links a namespace with another one, or with the one that the tests run in. */
export function join(near: End, far: End & { namespace: Namespace }): void {
  const enter = ({ namespace }: End) => namespace?.enter ?? AS_ROOT
  const pair = ['type', 'veth', 'peer', 'name', far.device, 'netns', far.namespace.name]
  run(...enter(near), 'ip', 'link', 'add', near.device, ...pair)
  for (const end of [near, far]) {
    // Without duplicate address detection an IPv6 address is usable at once.
    const address = end.address.includes(':') ? [`${end.address}/64`, 'nodad'] : [`${end.address}/24`]
    run(...enter(end), 'ip', 'address', 'add', 'dev', end.device, ...address)
    run(...enter(end), 'ip', 'link', 'set', end.device, 'up')
  }
}

/** A peer and the program under test, each in a namespace. */
export interface Network {
  peer: Peer
  /** Starts the program under test, which breaks the network itself. */
  start(file: URL, args: string[]): Program
}

const PEER_ADDRESS = '10.99.0.2'

/**
 * Configures name resolution: the name server is the peer's address, with timeouts far longer than a test. `two.test`
 * has two addresses, an unused one and the peer's.
 */
function configureNames(namespace: Namespace): void {
  const folder = `/etc/netns/${namespace.name}`
  const write = (file: string, lines: string) =>
    run(...AS_ROOT, 'sh', '-c', `printf '${lines}' > ${folder}/${file}`)
  onTestFinished(() => run(...AS_ROOT, 'rm', '-rf', folder))
  run(...AS_ROOT, 'mkdir', '-p', folder)
  write('resolv.conf', `nameserver ${PEER_ADDRESS}\\noptions timeout:30 attempts:5\\n`)
  write('hosts', `10.99.0.3 two.test\\n${PEER_ADDRESS} two.test\\n`)
}

/** Builds a network, which is removed when the test has finished. */
export async function startNetwork(): Promise<Network> {
  const [client, server] = [new Namespace(), new Namespace()]
  onTestFinished(() => {
    client.remove()
    server.remove()
  })
  const device = 'wire'
  join(
    { namespace: client, device, address: '10.99.0.1' },
    { namespace: server, device, address: PEER_ADDRESS },
  )
  configureNames(client)
  const peer = await startPeer(['--host', PEER_ADDRESS], server.enter)
  onTestFinished(() => peer.stop())
  return { peer, start: (file, args) => start(file, args, [], client.enter) }
}
