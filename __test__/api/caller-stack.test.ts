// Errors of pending calls have the frames of the functions that await them.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Connection, connect } from 'websocket-rs'
import { peer } from '../support/peer.js'

const wait = { timeout: 20 }
const { stackTraceLimit } = Error

beforeAll(() => {
  Error.stackTraceLimit = 50
})

afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit
})

/** Calls that wait until their time is over or the connection has ended. */
const CALLS: Record<string, (ws: Connection) => Promise<unknown>> = {
  recv: (ws) => ws.recv(wait),
  recvMany: (ws) => ws.recvMany(wait),
  recvJSON: (ws) => ws.recvJSON(wait),
  next: (ws) => ws[Symbol.asyncIterator]().next(),
  ping: (ws) => ws.ping('x', wait),
  send: (ws) => ws.send('x', wait),
  flush: (ws) => ws.flush(wait),
  sendMany: (ws) => ws.sendMany(['x', 'y'], wait),
}

/** A connection whose peer reads nothing, with more unsent than it may have. */
async function stopped(): Promise<Connection> {
  const ws = await connect(`${peer.ws}/deaf`, { receiveTimeout: 20, highWaterMark: 65_536 })
  while (ws.trySend(Buffer.alloc(65_536)));
  return ws
}

async function stackOf(task: () => Promise<unknown>): Promise<string> {
  try {
    await (async function theCaller() {
      await task()
    })()
  } catch (error) {
    return String((error as Error).stack)
  }
  throw new Error('the call did not fail')
}

test.each(Object.entries(CALLS))('%s names its caller if its time is over', async (_name, call) => {
  const ws = await stopped()
  expect(await stackOf(() => call(ws))).toMatch(/^TimeoutError: [\s\S]*theCaller/)
  ws.terminate()
})

// Iteration ends without an error after `terminate()`.
describe.each(Object.entries(CALLS).filter(([name]) => name !== 'next'))('%s', (_name, call) => {
  test('names its caller if the connection ends', async () => {
    const ws = await stopped()
    setTimeout(() => ws.terminate(), 5)
    expect(await stackOf(() => call(ws))).toMatch(/^(ConnectionClosed|Timeout)Error: [\s\S]*theCaller/)
  })

  test('names its caller if the connection has ended', async () => {
    const ws = await stopped()
    ws.terminate()
    expect(await stackOf(() => call(ws))).toMatch(/^ConnectionClosedError: [\s\S]*theCaller/)
  })
})

test('an aborted call names its caller', async () => {
  const ws = await connect(`${peer.ws}/silent`)
  const signal = AbortSignal.timeout(10)
  expect(await stackOf(() => ws.recv({ signal }))).toMatch(/^AbortError: [\s\S]*theCaller/)
  ws.terminate()
})

test('iteration names its caller if the peer closes with an error code', async () => {
  const ws = await connect(`${peer.ws}/close?code=4000`)
  const iterate = async () => {
    for await (const _ of ws);
  }
  expect(await stackOf(iterate)).toMatch(/^ConnectionClosedError: [\s\S]*theCaller/)
})
