// Connects through a network with a fault, and prints how that ended and how many sockets are left.
// Arguments: the API, the URL of the peer, the fault.

import { execFileSync } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const [, , name, url, fault] = process.argv
const { connect } = await import(name)
const ECHO = `${url}/echo`

const nft = (...args) => execFileSync('nft', args)
const drop = (...match) => nft('add', 'rule', 'inet', 'faults', 'input', ...match, 'drop')

nft('add', 'table', 'inet', 'faults')
nft('add', 'chain', 'inet', 'faults', 'input', '{ type filter hook input priority 0; }')
nft('add', 'chain', 'inet', 'faults', 'output', '{ type filter hook output priority 0; }')

const blackHole = () => drop('iifname', 'wire')

/** Returns how many sockets the process has, including its standard streams. */
function sockets() {
  let count = 0
  for (const file of readdirSync('/proc/self/fd')) {
    try {
      if (readlinkSync(`/proc/self/fd/${file}`).startsWith('socket:')) count += 1
    } catch {} // The descriptor of the listing itself.
  }
  return count
}

async function report(call) {
  try {
    console.log(`returned ${await call()}`)
  } catch (error) {
    console.log([error.code, error.phase, error.cause?.code].filter(Boolean).join(' '))
  }
}

const faults = {
  // Drops every twentieth packet, so that some are lost for sure. One message at a time takes enough packets.
  async loss() {
    drop('iifname', 'wire', 'numgen', 'inc', 'mod', '20', '0', 'counter')
    const ws = await connect(ECHO)
    let inOrder = 0
    for (let sent = 0; sent < 100; sent += 1) {
      await ws.send(String(sent))
      if ((await ws.recv()) === String(sent)) inOrder += 1
    }
    const rules = execFileSync('nft', ['list', 'chain', 'inet', 'faults', 'input'], { encoding: 'utf8' })
    const lost = Number(/counter packets (\d+)/.exec(rules)[1])
    console.log(`${inOrder} in order, packets lost: ${lost >= 5}`)
    await ws.close()
  },
  // Only the SYN-ACK arrives, and no packet after it.
  async opening() {
    drop('iifname', 'wire', 'tcp', 'flags', '!=', 'syn|ack')
    await report(() => connect(ECHO, { connectTimeout: 500 }))
  },
  // The kernel itself reports the unreachable address after three seconds.
  async addresses() {
    nft('add', 'rule', 'inet', 'faults', 'output', 'ip', 'daddr', '10.99.0.3', 'counter')
    const ws = await connect(ECHO.replace('10.99.0.2', 'two.test'), { connectTimeout: 2000 })
    const rules = execFileSync('nft', ['list', 'chain', 'inet', 'faults', 'output'], { encoding: 'utf8' })
    console.log(
      `unreachable address tried: ${!rules.includes('counter packets 0')}, connected to ${ws.remoteAddress.address}`,
    )
    await ws.close()
  },
  async resolve() {
    blackHole()
    await report(() => connect('ws://nowhere.example/', { connectTimeout: 500 }))
  },
}

const before = sockets()
await faults[fault]()
// The socket is closed in a later turn than the one that reports the end.
await sleep(50)
console.log(`sockets ${sockets() - before}`)
