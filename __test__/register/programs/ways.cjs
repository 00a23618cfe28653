// Prints which ways to ws lead to this package: in this thread, a Worker and child processes.

const { fork, spawnSync } = require('node:child_process')
const { createRequire } = require('node:module')
const { dirname, join } = require('node:path')
const { Worker, isMainThread } = require('node:worker_threads')

/** Whether a class makes instances of this package. */
const isOurs = (Class) => {
  const ws = new Class('ws://127.0.0.1:1')
  ws.on('error', () => {})
  return Object.getOwnPropertySymbols(ws).some(({ description }) => description === 'client')
}
const report = (name, ...classes) => console.log(name, classes.map(isOurs).join())
const WebSocket = require('ws')

async function main() {
  report('require', WebSocket, WebSocket.WebSocket, createRequire(__filename)('ws'))
  const imported = await import('ws')
  report('import', imported.default, imported.WebSocket)
  const folder = dirname(require.resolve('ws'))
  report('deep', require(join(folder, 'lib/websocket.js')), require(folder))
  report('copy', require('ws-8.0'))
  report('ws 7', require('ws-7'))
  for (const name of Object.keys(require.cache)) delete require.cache[name]
  report('again', require('ws'))
  new Worker(__filename).on('exit', () => {
    fork(__filename, ['fork']).on('exit', () => {
      const env = { ...process.env, NODE_OPTIONS: `--import ${process.env.REGISTER}` }
      spawnSync(process.execPath, [__filename, 'NODE_OPTIONS'], { stdio: 'inherit', env })
    })
  })
}

if (process.argv[2] !== undefined) report(process.argv[2], WebSocket)
else if (isMainThread) main()
else report('Worker', WebSocket)
