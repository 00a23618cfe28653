// Prints in which threads the clients are of this package. Workers may have flags and an environment of their own.

const { once } = require('node:events')
const { Worker, isMainThread, workerData } = require('node:worker_threads')
const WebSocket = require('ws')

const SETTINGS = {
  plain: {},
  'with no flags': { execArgv: [] },
  'with an empty environment': { env: {} },
}

async function main() {
  for (const [name, settings] of Object.entries(SETTINGS)) {
    await once(new Worker(__filename, { ...settings, workerData: name }), 'exit')
  }
}

const ws = new WebSocket('ws://127.0.0.1:1')
ws.on('error', () => {})
const isOurs = Object.getOwnPropertySymbols(ws).some(({ description }) => description === 'client')
console.log(workerData ?? 'main', isOurs)
if (isMainThread) main()
