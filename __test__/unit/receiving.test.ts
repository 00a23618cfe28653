// Pending calls for messages while others wait for a turn of the event loop.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { Inbox, Reading, Receiving } from '../support/internals.js'
import { Others } from '../support/others.js'

/** More than a connection may take ahead of those that wait. */
const MANY = 100
const NUMBERS = Array.from({ length: MANY }, (_, at) => `${at}`)
const FOREVER = { timeout: Number.POSITIVE_INFINITY, option: 'receiveTimeout' }
const SOON = { timeout: 5, option: 'receiveTimeout' }

/** What arrives when the connection is read. */
let arriving: string[]
let receiving: Receiving
let others: Others

function read(): void {
  for (const message of arriving.splice(0)) receiving.handleMessage(message, 1, true)
  receiving.handleBatchEnd()
}

beforeEach(() => {
  arriving = []
  const connection = { turn: read, explain: (error: Error) => error, isOver: false }
  const reading = new Reading(0, { isYielding: false })
  receiving = new Receiving(new Inbox(0), undefined, reading, connection as never, FOREVER)
  others = new Others()
})

afterEach(() => others.leave())

/** Has many messages arrive for pending calls. Returns what these get. */
function flood(): Promise<unknown[]> {
  const calls = Array.from({ length: MANY }, () => receiving.recv(FOREVER))
  arriving = [...NUMBERS]
  read()
  return Promise.all(calls)
}

test('one message at a time does not wait behind the others', async () => {
  const before = [...others.served]
  for (let round = 0; round < MANY; round += 1) {
    const reply = receiving.recv(FOREVER)
    arriving = [`${round}`]
    read()
    expect(await reply).toBe(`${round}`)
  }
  expect(others.served).toEqual(before)
})

test('many messages at a time wait behind the others, and then all of them are received', async () => {
  const before = [...others.served]
  const received = flood()
  expect(receiving.isYielding).toBe(true)
  expect(await received).toEqual(NUMBERS)
  expect(others.wereAllServedSince(before)).toBe(true)
})

test('what is read when the deadline has passed is received, although others wait', async () => {
  await flood()
  const calls = Array.from({ length: MANY }, () => receiving.recv(SOON))
  arriving = [...NUMBERS]
  // The deadlines of all calls pass before the timer fires.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4 * SOON.timeout)
  expect(await Promise.all(calls)).toEqual(NUMBERS)
})
