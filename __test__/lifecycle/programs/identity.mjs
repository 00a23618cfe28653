// Compares the imported and the required package, and counts how often the binary is mapped.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Connection, connect, WebSocketError } from 'websocket-rs'
import {
  SyncConnection,
  WebSocketError as SyncWebSocketError,
  connect as syncConnect,
} from 'websocket-rs/sync'

const require = createRequire(import.meta.url)
const required = require('websocket-rs')
const requiredSync = require('websocket-rs/sync')
const url = process.argv[2]

console.log(`classes ${required.Connection === Connection && requiredSync.SyncConnection === SyncConnection}`)
console.log(`errors ${WebSocketError === SyncWebSocketError && WebSocketError === required.WebSocketError}`)

const opened = [await connect(url), await required.connect(url)]
console.log(`instances ${opened.every((ws) => ws instanceof Connection)}`)
const blocking = [syncConnect(url), requiredSync.connect(url)]
console.log(`blocking ${blocking.every((ws) => ws instanceof SyncConnection)}`)
for (const ws of [...opened, ...blocking]) await ws.close()

const mapped = readFileSync('/proc/self/maps', 'utf8').match(/\S*websocket-rs\S*\.node/g)
console.log(`binaries ${new Set(mapped).size}`)
const cached = Object.keys(require.cache).filter((file) => file.endsWith('.node'))
console.log(`loads ${cached.length}`)
