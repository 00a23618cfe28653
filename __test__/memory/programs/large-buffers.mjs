// Receives large binary messages, which are read into Buffers of their own, and prints what became of them. Run with
// --expose-gc. Arguments: what to do, the URL of an echo server.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { Worker } from 'node:worker_threads'
import { connect } from 'websocket-rs'
import { connect as connectSync } from 'websocket-rs/sync'
import { settledMemory } from './memory.mjs'

const MIB = 1024 * 1024
const ACCEPT = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const [, , what, url] = process.argv

/** Returns bytes that differ from those of other numbers everywhere. */
const makeBytes = (number, size) => Buffer.alloc(size, String.fromCharCode(97 + (number % 26)))

/**
 * Starts a server that answers a message with the header of a binary one of `announced` bytes, `sent` of them, and
 * nothing more.
 */
async function announce(announced, sent) {
  const header = Buffer.alloc(10)
  header.set([0x82, 127])
  header.writeBigUInt64BE(BigInt(announced), 2)
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (head) => {
      const key = /sec-websocket-key: (.*)\r/i.exec(head.toString('latin1'))[1]
      const accept = createHash('sha1')
        .update(key + ACCEPT)
        .digest('base64')
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      )
      socket.once('data', () => socket.write(Buffer.concat([header, Buffer.alloc(sent, 'x')])))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `ws://127.0.0.1:${server.address().port}` }
}

/** Resolves when the connection has received this many bytes. */
async function received(ws, bytes) {
  while (ws.stats().bytesReceived < bytes) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Keeps messages, transfers the memory of every second one, and reads the others when more have come and gone. */
async function keep() {
  const ws = await connect(url)
  const kept = []
  let own = true
  for (let number = 0; number < 100; number += 1) {
    await ws.send(makeBytes(number, MIB))
    const bytes = await ws.recv()
    own &&= bytes.byteOffset === 0 && bytes.buffer.byteLength === MIB
    if (number % 2 === 0) structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
    else if (number < 50) kept.push([number, bytes])
  }
  await ws.close()
  globalThis.gc()
  const intact = kept.every(([number, bytes]) => bytes.equals(makeBytes(number, MIB)))
  return { count: kept.length, intact, own }
}

/** Drops messages in blocking calls. */
function dropBlocking() {
  const ws = connectSync(url)
  const before = process.memoryUsage.rss()
  let most = 0
  for (let number = 0; number < 300; number += 1) {
    ws.send(makeBytes(number, MIB))
    ws.recv()
    most = Math.max(most, process.memoryUsage.rss())
  }
  ws.close()
  return { growth: most - before }
}

/** Has forty servers announce 16 MiB each, of which almost nothing comes. */
async function announced() {
  const { server, url: address } = await announce(16 * MIB, 100)
  const before = await settledMemory()
  const connections = []
  for (let number = 0; number < 40; number += 1) {
    const ws = await connect(address)
    await ws.send('go')
    await received(ws, 110)
    connections.push(ws)
  }
  const { external, rss } = process.memoryUsage()
  for (const ws of connections) ws.terminate()
  server.close()
  const after = await settledMemory()
  return {
    external: external - before.external,
    resident: rss - before.rss,
    left: after.external - before.external,
  }
}

/** Limits the address space of this process (`RLIMIT_AS`) to what it has and this many bytes, or removes the limit. */
function limitAddresses(more) {
  const [, used] = /^VmSize:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))
  const limit = more === undefined ? 'unlimited' : Number(used) * 1024 + more
  execFileSync('prlimit', ['--pid', `${process.pid}`, `--as=${limit}:`])
}

/** Receives headers of messages for which the process has no memory. */
async function scarce() {
  const { server, url: address } = await announce(16 * MIB, 100)
  const connections = await Promise.all(Array.from({ length: 6 }, () => connect(address)))
  limitAddresses(40 * MIB)
  for (const ws of connections) {
    await ws.send('go')
    await received(ws, 110)
  }
  limitAddresses()
  for (const ws of connections) ws.terminate()
  server.close()
  return { count: connections.length }
}

/** Ends Workers in the middle of messages: by `terminate()`, by `process.exit()`, and after the connection was ended. */
async function endWorkers() {
  const { server, url: address } = await announce(4 * MIB, MIB)
  const codes = []
  for (let number = 0; number < 12; number += 1) {
    const worker = new Worker(
      `const { connect } = require('websocket-rs')
       const { parentPort } = require('node:worker_threads')
       connect(${JSON.stringify(address)}).then(async (ws) => {
         await ws.send('go')
         while (ws.stats().bytesReceived < ${MIB}) await new Promise((resolve) => setTimeout(resolve, 5))
         if (${number % 3 === 0}) process.exit(7)
         if (${number % 3 === 1}) ws.terminate()
         parentPort.postMessage('received')
       })`,
      { eval: true },
    )
    worker.on('message', () => worker.terminate())
    codes.push((await once(worker, 'exit'))[0])
  }
  server.close()
  const ws = await connect(url)
  await ws.send(makeBytes(1, MIB))
  const intact = (await ws.recv()).equals(makeBytes(1, MIB))
  await ws.close()
  return { count: codes.length, intact }
}

const actions = { keep, dropBlocking, announced, scarce, endWorkers }
console.log(JSON.stringify(await actions[what]()))
