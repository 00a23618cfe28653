// Runs under Bun and Deno, where streams of the runtime carry the bytes: the promise API, the `ws` API and the web API.
// Prints `ok` last, and has to exit by itself. Argument: the JSON that the peer has printed.
const assert = require('node:assert')
const { once } = require('node:events')
const { connect } = require('websocket-rs')
const WsSocket = require('websocket-rs/ws')
const { WebSocket: WebSocketOfWeb } = require('websocket-rs/web')

const { ws: url, wss, ca } = JSON.parse(process.argv[2])
const MESSAGES = 1000

async function echoes(ws) {
  await ws.send('text')
  await ws.send(Buffer.from([1, 2, 3]))
  assert.strictEqual(await ws.recv(), 'text')
  assert.deepStrictEqual([...(await ws.recv())], [1, 2, 3])
  assert.ok((await ws.ping()) > 0)
}

async function oneAtATimeAndAllAtOnce() {
  const ws = await connect(url, { receiveQueue: { bytes: 256 * 1024 * 1024 } })
  await echoes(ws)
  for (const size of [512, 4096, 65_536]) {
    const payload = Buffer.alloc(size, size % 251)
    for (let i = 0; i < MESSAGES / 10; i++) {
      await ws.send(payload)
      assert.strictEqual((await ws.recv()).length, size)
    }
    const count = size > 4096 ? MESSAGES / 10 : MESSAGES
    const sends = Array.from({ length: count }, () => ws.send(payload))
    for (let i = 0; i < count; i++) assert.ok((await ws.recv()).equals(payload))
    await Promise.all(sends)
  }
  await ws.close(1000, 'done')
  assert.strictEqual(ws.closeCode, 1000)
  assert.ok(ws.wasClean)
}

async function secureAndCompressed() {
  const ws = await connect(wss, { tls: { ca }, compression: true })
  await echoes(ws)
  const text = 'compressible '.repeat(50_000)
  await ws.send(text)
  assert.strictEqual(await ws.recv(), text)
  await ws.close()
}

async function severalConnections() {
  const sockets = await Promise.all(Array.from({ length: 20 }, () => connect(url)))
  await Promise.all(sockets.map((ws, i) => ws.send(`${i}`)))
  assert.deepStrictEqual(
    await Promise.all(sockets.map((ws) => ws.recv())),
    sockets.map((_, i) => `${i}`),
  )
  await Promise.all(sockets.map((ws) => ws.close()))
}

async function errors() {
  await assert.rejects(connect('ws://127.0.0.1:1'), { code: 'ERR_WS_CONNECT' })
  await assert.rejects(connect(wss), { code: 'ERR_WS_TLS' })
  const ws = await connect(url)
  await assert.rejects(ws.recv({ timeout: 20 }), { code: 'ERR_WS_RECEIVE_TIMEOUT' })
  await ws.close()
  await assert.rejects(ws.send('late'), { code: 'ERR_WS_CLOSED' })
}

async function wsApi() {
  const ws = new WsSocket(wss, { ca })
  await once(ws, 'open')
  ws.send('text')
  ws.send(Buffer.from([1, 2, 3]))
  const received = []
  await new Promise((resolve, reject) => {
    ws.on('error', reject)
    ws.on('message', (data, isBinary) => {
      received.push(isBinary ? [...data] : String(data))
      if (received.length === 2) resolve()
    })
  })
  assert.deepStrictEqual(received, ['text', [1, 2, 3]])
  ws.close(1000, 'done')
  const [code] = await once(ws, 'close')
  assert.strictEqual(code, 1000)
  const failing = new WsSocket('ws://127.0.0.1:1')
  const [error] = await once(failing, 'error')
  assert.strictEqual(error.code, 'ECONNREFUSED')
}

async function webApi() {
  const ws = new WebSocketOfWeb(url)
  await new Promise((resolve, reject) => {
    ws.onopen = resolve
    ws.onerror = reject
  })
  ws.send('text')
  const { data } = await new Promise((resolve) => {
    ws.onmessage = resolve
  })
  assert.strictEqual(data, 'text')
  ws.close(1000)
  const { code, wasClean } = await new Promise((resolve) => {
    ws.onclose = resolve
  })
  assert.deepStrictEqual([code, wasClean], [1000, true])
}

async function main() {
  for (const part of [
    oneAtATimeAndAllAtOnce,
    secureAndCompressed,
    severalConnections,
    errors,
    wsApi,
    webApi,
  ]) {
    try {
      await part()
    } catch (error) {
      console.error(part.name, error)
      process.exit(1)
    }
  }
  console.log('ok')
}

main()
