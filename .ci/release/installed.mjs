// Checks a version as users install it, in an empty folder from the registry: `installed.mjs VERSION`. Both APIs echo over a
// server of the package ws. A version that was published a moment ago may not be served yet, so installing is repeated.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const ATTEMPTS = 20
const PAUSE = 15_000
/** Limit of the two programs in ms. */
const TIMEOUT = 60_000

const SERVER = `
  const { WebSocketServer } = require('ws')
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 }, () => console.log(server.address().port))
  server.on('connection', (ws) => ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary })))`

const CLIENT = `
  import { strict as assert } from 'node:assert'
  import { connect } from 'websocket-rs'
  import { connect as connectBlocking } from 'websocket-rs/sync'
  for (const open of [connect, connectBlocking]) {
    const ws = await open(process.argv[2])
    await ws.send('text')
    assert.equal(await ws.recv(), 'text')
    await ws.close()
    assert.equal(ws.closeCode, 1000)
  }`

async function install(folder, version) {
  const args = ['install', '--no-audit', '--no-fund', `websocket-rs@${version}`, 'ws@8']
  for (let attempt = 1; ; attempt++) {
    try {
      return execFileSync('npm', args, { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' })
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
      await setTimeout(PAUSE)
    }
  }
}

const [, , version] = process.argv
if (!/^\d+\.\d+\.\d+(-[a-z.0-9]+)?$/.test(version ?? '')) throw new Error('usage: installed.mjs VERSION')
const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-installed-'))
writeFileSync(join(folder, 'package.json'), '{ "private": true }')
writeFileSync(join(folder, 'server.cjs'), SERVER)
writeFileSync(join(folder, 'client.mjs'), CLIENT)
await install(folder, version)
const server = spawn(process.execPath, ['server.cjs'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
try {
  const [port] = await Promise.race([once(server.stdout, 'data'), setTimeout(TIMEOUT, [], { ref: false })])
  if (port === undefined) throw new Error('the server does not listen')
  const url = `ws://127.0.0.1:${String(port).trim()}`
  execFileSync(process.execPath, ['client.mjs', url], { cwd: folder, stdio: 'inherit', timeout: TIMEOUT })
} finally {
  server.kill()
}
rmSync(folder, { recursive: true, force: true })
console.log(`websocket-rs@${version} works on ${process.platform}-${process.arch}, Node ${process.version}`)
