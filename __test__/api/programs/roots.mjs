// Connects with both APIs and Node's trusted roots, and prints the results. Usage: roots.mjs URL [WAY [AUTHORITY …]].

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isMainThread, Worker } from 'node:worker_threads'
import { connect } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'

const tls = createRequire(import.meta.url)('node:tls')
const [url, way = 'once', ...files] = process.argv.slice(2)

/** Returns 'open' or the code of the failure. */
async function attempt(open, options) {
  try {
    const ws = await open(url, options)
    await ws.close()
    return 'open'
  } catch (error) {
    return error.cause?.code ?? error.stack
  }
}

async function both(options) {
  console.log(
    await attempt(connect, options),
    await attempt(async (...given) => connectBlocking(...given), options),
  )
}

/** Replaces setDefaultCACertificates() and getCACertificates() in versions of Node that do not have them. */
function polyfill() {
  let list = Object.freeze([...tls.rootCertificates])
  tls.getCACertificates = (type) => (type === 'default' ? list : [])
  tls.setDefaultCACertificates = (given) => {
    list = Object.freeze([...given])
  }
}

const WAYS = {
  once: () => both(),
  /** After a first connect: trusts the authority, then no authority, then the authority again. */
  async set() {
    if (tls.setDefaultCACertificates === undefined) polyfill()
    const authority = files.map((file) => readFileSync(file, 'utf8'))
    await both()
    for (const list of [authority, [], authority]) {
      tls.setDefaultCACertificates(list)
      await both()
    }
  },
  /** Trusts the authority before the first connect. */
  async before() {
    if (tls.setDefaultCACertificates === undefined) polyfill()
    tls.setDefaultCACertificates(files.map((file) => readFileSync(file, 'utf8')))
    await both()
  },
  /** Sets rejectUnauthorized, then relies on the default. */
  async strict() {
    await both({ tls: { rejectUnauthorized: true } })
    await both()
  },
}

const [inWorker, name] = way.startsWith('worker-') ? [true, way.slice(7)] : [false, way]
if (inWorker && isMainThread) {
  const worker = new Worker(fileURLToPath(import.meta.url), { argv: process.argv.slice(2) })
  worker.on('exit', (code) => {
    process.exitCode = code
  })
} else {
  await WAYS[name]()
}
