// Runs under Bun and Deno: the blocking API, which waits with poll(2) there, too.
// Prints `ok` on success. Argument: the URL of an echo.
const assert = require('node:assert')
const sync = require('websocket-rs/sync')

function main(url) {
  const ws = sync.connect(url)
  ws.send('text')
  assert.strictEqual(ws.recv(), 'text')
  ws.send(Buffer.from([1, 2, 3]))
  assert.deepStrictEqual([...ws.recv()], [1, 2, 3])
  assert.ok(ws.ping() > 0)
  assert.throws(() => ws.recv({ timeout: 20 }), { code: 'ERR_WS_RECEIVE_TIMEOUT' })
  ws.close()
  assert.strictEqual(ws.closeCode, 1000)
  assert.throws(() => sync.connect(url, { driver: 'socket' }), { code: 'ERR_WS_UNSUPPORTED_OPTION' })
  console.log('ok')
}

main(process.argv[2])
