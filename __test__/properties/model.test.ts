// Random sequences of calls, compared with a model of the documented behaviour.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AnyConnection, type Api, apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

/** The expected state: echoes that have not been received, in order, and the state of the connection. */
interface Model {
  unread: (string | Buffer)[]
  state: 'open' | 'closed' | 'terminated'
}

type Call = fc.AsyncCommand<Model, AnyConnection>

/** Returns a command that runs a call, updates the model and checks the result. */
function command(name: string, run: (model: Model, ws: AnyConnection) => Promise<void>): Call {
  return { check: () => true, run, toString: () => name }
}

const isOpen = ({ state }: Model) => state === 'open'
const closed = { name: 'ConnectionClosedError', code: 'ERR_WS_CLOSED' }

/** Compares two messages. `toEqual` compares large Buffers byte by byte in JavaScript, which is slow. */
function isSame(one: unknown, other: unknown): boolean {
  return Buffer.isBuffer(one) && Buffer.isBuffer(other) ? one.equals(other) : one === other
}

const send = (payload: string | Buffer): Call =>
  command(`send(${payload.length})`, async (model, ws) => {
    if (!isOpen(model)) return expect(async () => ws.send(payload)).rejects.toMatchObject(closed)
    await ws.send(payload)
    model.unread.push(payload)
  })

const recv = (): Call =>
  command('recv', async (model, ws) => {
    const next = model.unread.shift()
    if (next !== undefined) expect(isSame(await ws.recv(), next)).toBe(true)
    else if (isOpen(model))
      await expect(async () => ws.recv({ timeout: 1 })).rejects.toMatchObject({
        code: 'ERR_WS_RECEIVE_TIMEOUT',
      })
    else await expect(async () => ws.recv()).rejects.toMatchObject(closed)
  })

const recvMany = (max: number): Call =>
  command(`recvMany(${max})`, async (model, ws) => {
    if (model.unread.length === 0) return
    const messages = await ws.recvMany({ max })
    expect(messages.length).toBeGreaterThan(0)
    const expected = model.unread.splice(0, messages.length)
    expect(messages.map((message, index) => isSame(message, expected[index]))).not.toContain(false)
    expect(messages.length).toBeLessThanOrEqual(max)
  })

const ping = (): Call =>
  command('ping', async (model, ws) => {
    if (isOpen(model)) expect(await ws.ping()).toBeGreaterThanOrEqual(0)
    else await expect(async () => ws.ping()).rejects.toMatchObject(closed)
  })

const close = (): Call =>
  command('close', async (model, ws) => {
    await ws.close()
    if (isOpen(model)) model.state = 'closed'
    expect(ws.readyState).toBe(3)
  })

const terminate = (): Call =>
  command('terminate', async (model, ws) => {
    if (isOpen(model)) {
      // Unread echoes may or may not have arrived.
      model.state = 'terminated'
      model.unread = []
    }
    ws.terminate()
    expect(ws.readyState).toBe(3)
  })

const inspect = (): Call =>
  command('inspect', async (model, ws) => {
    expect(ws.readyState).toBe(isOpen(model) ? 1 : 3)
    expect(ws.bufferedAmount).toBeGreaterThanOrEqual(0)
    if (model.state === 'closed') expect(ws).toMatchObject({ closeCode: 1000, wasClean: true })
    if (model.state === 'terminated') expect(ws.wasClean).toBe(false)
    expect(ws.stats().messagesReceived).toBeLessThanOrEqual(ws.stats().messagesSent)
  })

/** Receives the queued messages of a terminated connection; after them, every call fails. */
async function drain(ws: AnyConnection): Promise<void> {
  while (ws.stats().queuedMessages > 0) await ws.recv()
}

const payloads = fc.oneof(
  fc.string({ maxLength: 50 }).map((text) => `m${text}`),
  fc.nat(70_000).map((size) => Buffer.alloc(size, size)),
)

const calls = [
  payloads.map(send),
  payloads.map(send),
  fc.constant(recv()),
  fc.constant(recv()),
  fc.integer({ min: 1, max: 5 }).map(recvMany),
  fc.constant(ping()),
  fc.constant(inspect()),
]
const rare = [fc.constant(close()), fc.constant(terminate())]

async function play(connect: Api['connect'], sequence: Iterable<Call>): Promise<void> {
  const ws = await connect(`${peer.ws}/echo`, { receiveQueue: { bytes: 0 } })
  const model: Model = { unread: [], state: 'open' }
  try {
    for (const step of sequence) {
      const before = model.state
      await step.run(model, ws)
      if (before === 'open' && model.state === 'terminated') await drain(ws)
    }
  } finally {
    ws.terminate()
  }
}

describe.each(apis)('$name', ({ connect }) => {
  test('behaves as documented in any sequence of calls', async () => {
    const sequences = fc.tuple(
      fc.array(fc.oneof(...calls), { maxLength: 30 }),
      fc.array(fc.oneof(...rare, ...calls), { maxLength: 8 }),
    )
    const property = fc.asyncProperty(sequences, ([first, last]) => play(connect, [...first, ...last]))
    await fc.assert(property, { numRuns: 600 })
  }, 60_000)
})
