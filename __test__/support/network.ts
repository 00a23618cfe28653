/**
 * Networks that can be broken: namespaces of the kernel, joined by pairs of virtual devices. Needs Linux, iproute2,
 * nftables, and root or a `sudo` that asks nothing.
 */

import { execFileSync } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { type Peer, startPeer } from './peer.js'
import { type Program, start } from './program.js'

/** Goes before a command that only root may run. */
const AS_ROOT = process.getuid?.() === 0 ? [] : ['sudo', '-n']

let namespaces = 0

function run(...command: string[]): void {
  const [program = '', ...args] = command
  try {
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (cause) {
    const needs = 'these tests need root or sudo, iproute2, nftables and network namespaces'
    throw new Error(`${command.join(' ')} failed: ${needs}`, { cause })
  }
}

/** A network of its own. What runs in it, or is made in it, is gone with it. */
export class Namespace {
  readonly name = `websocket-rs-${process.pid}-${namespaces++}`
  /** Goes before a command that is to run here. */
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

/** One end of a wire: where, under what name, with which address. */
export interface End {
  namespace?: Namespace
  device: string
  address: string
}

/** Joins a namespace to another, or to the one the tests run in. */
export function join(near: End, far: End & { namespace: Namespace }): void {
  const enter = ({ namespace }: End) => namespace?.enter ?? AS_ROOT
  const pair = ['type', 'veth', 'peer', 'name', far.device, 'netns', far.namespace.name]
  run(...enter(near), 'ip', 'link', 'add', near.device, ...pair)
  for (const end of [near, far]) {
    // An IPv6 address is usable at once only where nobody is asked whether it is taken.
    const address = end.address.includes(':') ? [`${end.address}/64`, 'nodad'] : [`${end.address}/24`]
    run(...enter(end), 'ip', 'address', 'add', 'dev', end.device, ...address)
    run(...enter(end), 'ip', 'link', 'set', end.device, 'up')
  }
}

/** A peer and a program, each in a namespace. */
export interface Network {
  peer: Peer
  /** Starts the program that is under test. It breaks the network itself, at the moment it wants. */
  start(file: URL, args: string[]): Program
}

const PEER_ADDRESS = '10.99.0.2'

/**
 * Names are asked of the peer's address, and far longer than a test may take. `two.test` is at an address that
 * nobody has, and at the peer's.
 */
function giveNames(namespace: Namespace): void {
  const folder = `/etc/netns/${namespace.name}`
  const write = (file: string, lines: string) =>
    run(...AS_ROOT, 'sh', '-c', `printf '${lines}' > ${folder}/${file}`)
  onTestFinished(() => run(...AS_ROOT, 'rm', '-rf', folder))
  run(...AS_ROOT, 'mkdir', '-p', folder)
  write('resolv.conf', `nameserver ${PEER_ADDRESS}\\noptions timeout:30 attempts:5\\n`)
  write('hosts', `10.99.0.3 two.test\\n${PEER_ADDRESS} two.test\\n`)
}

/** Makes the network; it is gone, with all in it, when the test is over. */
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
  giveNames(client)
  const peer = await startPeer(['--host', PEER_ADDRESS], server.enter)
  onTestFinished(() => peer.stop())
  return { peer, start: (file, args) => start(file, args, [], client.enter) }
}
