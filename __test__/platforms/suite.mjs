// What has to work on every platform, without a test runner: for systems on which the runner's own addons do not exist or
// processes cannot be started, as under emulation. Argument: the announcement of a websocket-rs-peer, as JSON.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { connect, ERROR_CODES } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'
import { WebSocket } from 'websocket-rs/web'

const peer = JSON.parse(process.argv[2])
const echo = `${peer.ws}/echo`
const options = { tls: { ca: peer.ca } }
const apis = { promise: connect, blocking: connectBlocking }

/** On both sides of the limits of headers, slabs and turns. */
const SIZES = [0, 1, 125, 126, 65_535, 65_536, 3_000_000]

/** Bytes that a wrong offset or a wrong mask would change. */
const pattern = (size) =>
  Buffer.alloc(
    size,
    Uint8Array.from({ length: 251 }, (_, index) => index),
  )

/** Defines a test for each of the two APIs. */
function testBoth(title, run) {
  for (const [name, open] of Object.entries(apis))
    test(`${name} API: ${title}`, { timeout: 120_000 }, () => run(open))
}

testBoth('echoes texts and bytes of all sizes', async (open) => {
  const ws = await open(echo)
  for (const size of SIZES) {
    await ws.send('é'.repeat(size / 2))
    assert.equal(await ws.recv(), 'é'.repeat(size / 2))
    await ws.send(pattern(size))
    assert.ok(pattern(size).equals(await ws.recv()), `${size} bytes`)
  }
  await ws.close()
  assert.equal(ws.closeCode, 1000)
})

testBoth('takes many messages in order', async (open) => {
  const ws = await open(echo)
  for (let index = 0; index < 5000; index++) {
    await ws.send(String(index))
    if (index >= 100) assert.equal(await ws.recv(), String(index - 100))
  }
  ws.terminate()
})

testBoth('speaks TLS and verifies the certificate', async (open) => {
  const ws = await open(`${peer.wss}/echo`, options)
  await ws.send(pattern(200_000))
  assert.ok(pattern(200_000).equals(await ws.recv()))
  await ws.close()
  await assert.rejects(async () => open(`${peer.wss}/echo`), { code: 'ERR_WS_TLS' })
})

testBoth('compresses, small messages and large ones', async (open) => {
  const ws = await open(`${peer.ws}/echo?deflate=1`, { compression: true })
  assert.match(String(ws.extensions), /permessage-deflate/)
  for (const size of [2000, 2_000_000]) {
    await ws.send('websocket '.repeat(size / 10))
    assert.equal(await ws.recv(), 'websocket '.repeat(size / 10))
  }
  await ws.close()
})

testBoth('pings, and waits no longer than asked', async (open) => {
  const ws = await open(echo)
  assert.ok((await ws.ping()) > 0)
  await assert.rejects(async () => ws.recv({ timeout: 20 }), { code: 'ERR_WS_RECEIVE_TIMEOUT' })
  await ws.close()
})

testBoth('resolves names, and reports a refused connection', async (open) => {
  const ws = await open(echo.replace('127.0.0.1', 'localhost'))
  await ws.close()
  await assert.rejects(async () => open('ws://127.0.0.1:1'), { code: 'ERR_WS_CONNECT' })
  await assert.rejects(async () => open('ws://name.invalid'), { code: 'ERR_WS_RESOLVE' })
})

test('promise API: drives a hundred connections at once', { timeout: 120_000 }, async () => {
  const open = await Promise.all(Array.from({ length: 100 }, () => connect(echo)))
  await Promise.all(
    open.map(async (ws, index) => {
      await ws.send(`${index}`)
      assert.equal(await ws.recv(), `${index}`)
      await ws.close()
    }),
  )
})

test('web API: has its events', { timeout: 120_000 }, async () => {
  const ws = new WebSocket(echo)
  await once(ws, 'open')
  ws.send('text')
  const [{ data }] = await once(ws, 'message')
  assert.equal(data, 'text')
  ws.close(1000)
  const [{ code }] = await once(ws, 'close')
  assert.equal(code, 1000)
})

test('survives the end of the Workers that use it', { timeout: 120_000 }, async () => {
  const entry = createRequire(import.meta.url).resolve('websocket-rs')
  const program = `require(${JSON.stringify(entry)}).connect(${JSON.stringify(echo)}).then((ws) => ws.close())`
  for (let index = 0; index < 3; index++) {
    const [code] = await once(new Worker(program, { eval: true }), 'exit')
    assert.equal(code, 0)
  }
})

test('has a table of error codes', () => assert.ok(Object.keys(ERROR_CODES).length > 20))
