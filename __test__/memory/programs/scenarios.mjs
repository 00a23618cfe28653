// Scenarios: each opens a connection of either API, does something, and ends it. A scenario throws if it ends in another
// way than expected. What the peer does is described in crates/peer/src/modes and crates/peer/src/scripted.

import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { scriptUrl } from '../../support/programs/script-url.mjs'
import { drawMessages, isSame, seeded } from './messages.mjs'

const MAX_SIZE = 300_000
const bytes = Buffer.alloc(MAX_SIZE)

/** Checks that a call of either API fails. */
const fails = (call, expected) => assert.rejects(async () => call(), expected)

const script = (peer, ...steps) => scriptUrl(peer.raw, ...steps)

const redirect = (peer, location) => `${peer.ws}/status/302?location=${encodeURIComponent(location)}`

async function echo(connect, url, { random, nextMessage }) {
  const ws = await connect(url, { tls: { rejectUnauthorized: false } })
  const sent = Array.from({ length: 1 + Math.floor(random() * 8) }, nextMessage)
  for (const message of sent) await ws.send(message)
  for (const message of sent) assert(isSame(message, await ws.recv()), 'an echo differs from what was sent')
  const code = 3000 + Math.floor(random() * 1000)
  await ws.close(code, 'enough')
  assert.deepEqual([ws.closeCode, ws.wasClean], [code, true])
}

/** Checks that a connection ends with this close code. */
async function ends(connect, url, closeCode, options) {
  const ws = await connect(url, options)
  await fails(
    async () => {
      // The send fails as well if the connection has already ended.
      await ws.send('a')
      for (;;) await ws.recv()
    },
    { code: 'ERR_WS_CLOSED', closeCode },
  )
}

/** Checks that the client fails the connection with this code. */
async function breaks(connect, peer, code, ...steps) {
  const ws = await connect(script(peer, ...steps, { readToEnd: true }), { maxMessageSize: 1000 })
  await fails(() => ws.recv(), { code })
}

/** The scenarios of both APIs. */
const both = {
  echo: (context) => echo(context.connect, `${context.peer.ws}/echo`, context),
  'echo over TLS': (context) => echo(context.connect, `${context.peer.wss}/echo`, context),
  'echo behind a redirect': (context) => {
    const { connect, peer } = context
    return echo((url) => connect(url, { followRedirects: true }), redirect(peer, '/echo'), context)
  },
  async fragments({ connect, peer, random }) {
    const size = Math.floor(MAX_SIZE ** random())
    const ws = await connect(`${peer.ws}/fragments?size=${size}&parts=7&kind=binary`)
    await ws.send('go')
    assert.equal((await ws.recv()).length, size)
    await ws.close()
  },
  async 'a sink'({ connect, peer, nextMessage }) {
    const ws = await connect(`${peer.ws}/sink`)
    const sent = Array.from({ length: 200 }, () => nextMessage().slice(0, 5000))
    await ws.sendMany(sent)
    await ws.send('report')
    assert.match(String(await ws.recv()), /200/)
    await ws.close()
  },
  async 'a source that is not read to its end'({ connect, peer, random }) {
    const ws = await connect(`${peer.ws}/source?count=0&size=5000`)
    for (let count = Math.floor(random() * 50); count >= 0; count -= 1) await ws.recv()
    ws.terminate()
  },
  async pings({ connect, peer }) {
    const ws = await connect(`${peer.ws}/echo`)
    for (let count = 0; count < 5; count += 1) assert((await ws.ping('payload')) >= 0)
    await ws.close()
  },
  'a close by the server': ({ connect, peer, random }) => {
    const code = 3000 + Math.floor(random() * 1000)
    return ends(connect, `${peer.ws}/close?code=${code}&reason=enough&after=1`, code)
  },
  'a reset': ({ connect, peer }) => ends(connect, script(peer, { readFrame: true }, { reset: true }), 1006),
  'a reset after the close frame': ({ connect, peer }) =>
    ends(connect, `${peer.ws}/close?code=1011&after=1&reset=1`, 1011),
  'a reset in a message': ({ connect, peer }) =>
    ends(
      connect,
      script(peer, { hex: '827f00000000000186a0' }, { repeat: 1000, hex: '00' }, { reset: true }),
      1006,
    ),
  'an end in a message': ({ connect, peer }) =>
    ends(connect, script(peer, { hex: '82ff00' }, { close: true }), 1006),
  async 'a terminate in a message'({ connect, peer }) {
    const unfinished = script(
      peer,
      { hex: '827f00000000000186a0' },
      { repeat: 1000, hex: '00' },
      { readToEnd: true },
    )
    const ws = await connect(unfinished)
    await fails(() => ws.recv({ timeout: 2 }), { code: 'ERR_WS_RECEIVE_TIMEOUT' })
    ws.terminate()
  },
  'a reserved opcode': ({ connect, peer }) => breaks(connect, peer, 'ERR_WS_PROTOCOL', { hex: '8301 61' }),
  'a masked frame': ({ connect, peer }) =>
    breaks(connect, peer, 'ERR_WS_PROTOCOL', { frame: { opcode: 1, masked: true, text: 'a' } }),
  'text that is not UTF-8': ({ connect, peer }) =>
    breaks(connect, peer, 'ERR_WS_INVALID_UTF8', { hex: '8101ff' }),
  'a message that is too large': ({ connect, peer }) =>
    breaks(connect, peer, 'ERR_WS_MESSAGE_TOO_BIG', { frame: { opcode: 2, fill: 1001 } }),
  'a refused upgrade': ({ connect, peer }) =>
    fails(() => connect(`${peer.ws}/status/403`), { code: 'ERR_WS_UNEXPECTED_STATUS', status: 403 }),
  'too many redirects': ({ connect, peer }) => {
    const url = redirect(peer, redirect(peer, redirect(peer, '/echo')))
    const options = { followRedirects: true, maxRedirects: 2 }
    return fails(() => connect(url, options), { code: 'ERR_WS_REDIRECT' })
  },
  'an upgrade that hangs': ({ connect, peer }) =>
    fails(() => connect(`${peer.ws}/hang`, { connectTimeout: 5 }), { code: 'ERR_WS_CONNECT_TIMEOUT' }),
  'a port without a listener': ({ connect }) =>
    fails(() => connect('ws://127.0.0.1:1/'), { code: 'ERR_WS_CONNECT' }),
  'an unreachable proxy': ({ connect, peer }) =>
    fails(() => connect(peer.ws, { proxy: 'http://127.0.0.1:1' }), { code: 'ERR_WS_PROXY' }),
  'an untrusted certificate': ({ connect, peer }) => fails(() => connect(peer.wss), { code: 'ERR_WS_TLS' }),
  'a name that is not found': ({ connect }) => {
    const lookup = (_host, _options, found) => found(new Error('no such name'), [])
    return fails(() => connect('ws://some.invalid/', { lookup }), { code: 'ERR_WS_RESOLVE' })
  },
  async 'a recv that times out'({ connect, peer }) {
    const ws = await connect(`${peer.ws}/silent`)
    await fails(() => ws.recv({ timeout: 2 }), { code: 'ERR_WS_RECEIVE_TIMEOUT' })
    ws.terminate()
  },
  async 'a peer that does not read'({ connect, peer }) {
    const ws = await connect(`${peer.ws}/deaf`, { highWaterMark: 64 * 1024, sendTimeout: 2 })
    await fails(
      async () => {
        for (;;) await ws.send(bytes)
      },
      { code: 'ERR_WS_SEND_TIMEOUT' },
    )
    ws.terminate()
  },
  async 'a peer that does not answer pings'({ connect, peer }) {
    const ws = await connect(`${peer.ws}/silent`, { pingInterval: 2, pingTimeout: 4 })
    await fails(() => ws.recv(), { code: 'ERR_WS_PING_TIMEOUT' })
  },
  async 'a peer that does not close'({ connect, peer }) {
    const ws = await connect(`${peer.ws}/silent`, { closeTimeout: 2 })
    await ws.close()
    assert.deepEqual([ws.closeCode, ws.wasClean], [1006, false])
  },
  async 'a Worker that ends during traffic'({ entry, peer }) {
    const program = `
      const { parentPort } = require('node:worker_threads')
      import('${entry}').then(async ({ connect }) => {
        const ws = await connect('${peer.ws}/source?count=0&size=5000')
        for (let count = 0; ; count += 1) {
          await ws.recv()
          if (count === 20) parentPort.postMessage('receiving')
        }
      })`
    const worker = new Worker(program, { eval: true })
    await once(worker, 'message')
    await worker.terminate()
  },
}

/** The scenarios of the promise API. */
const promised = {
  async 'an aborted connect'({ connect, peer }) {
    const signal = AbortSignal.timeout(2)
    await fails(() => connect(`${peer.ws}/hang`, { signal }), { code: 'ABORT_ERR' })
  },
  async 'an aborted recv'({ connect, peer }) {
    const ws = await connect(`${peer.ws}/silent`)
    await fails(() => ws.recv({ signal: AbortSignal.timeout(2) }), { code: 'ABORT_ERR' })
    ws.terminate()
  },
  async reconnecting({ connect, peer }) {
    const options = { backoff: { initial: 1, max: 2 } }
    let count = 0
    for await (const ws of connect.forever(`${peer.ws}/close?code=1012&after=1`, options)) {
      await ws.send('a')
      for await (const message of ws) assert.equal(message, 'a')
      assert.equal(ws.closeCode, 1012)
      count += 1
      if (count === 3) break
    }
  },
  async 'terminate with every call pending'({ connect, peer }) {
    const ws = await connect(`${peer.ws}/silent`)
    const pending = [ws.recv(), ws.recvMany(), ws.ping(), ws.close()]
    ws.terminate()
    const outcomes = await Promise.allSettled(pending)
    assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 3)
  },
}

/** The scenarios of the blocking API. */
const blocking = {
  // Nothing references the connection, so the garbage collector ends it.
  async 'a dropped connection'({ connect, peer }) {
    connect(`${peer.ws}/echo`).send('a')
  },
}

/** Returns the scenarios of an API as [name, function]. Each function takes a context. */
export function scenariosOf(api) {
  return Object.entries({ ...both, ...(api.endsWith('/sync') ? blocking : promised) })
}

/** The scenarios that cost a hundred times as much as others. */
export const COSTLY = new Set(['a Worker that ends during traffic', 'a peer that does not read'])

/** Returns the context of a scenario. Its random choices follow from the seed. */
export async function createContext(api, peer, seed) {
  const { connect } = await import(api)
  const random = seeded(seed)
  const nextMessage = drawMessages(random, MAX_SIZE)
  return { connect, entry: import.meta.resolve(api), peer, random, nextMessage }
}
