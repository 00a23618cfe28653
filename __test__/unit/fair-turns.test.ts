// Shares: what one connection takes while others wait for a turn of the loop.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { Share } from '../support/internals.js'
import { Others } from '../support/others.js'

/** What is taken ahead of those that wait. */
const AHEAD = 32

let others: Others

beforeEach(() => {
  others = new Others()
})

afterEach(() => others.leave())

async function turnUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate)
}

/** Takes messages until the share is spent, or `most` of them. */
function take(share: Share, most = 10_000): number {
  let taken = 0
  while (taken < most && !share.isSpent()) taken += 1
  return taken
}

test('is never spent while no other connection waits', async () => {
  await others.leave()
  expect(take(new Share())).toBe(10_000)
})

test('is spent until each of those that wait was served', async () => {
  const share = new Share()
  let taken = 0
  await turnUntil(() => {
    taken += take(share)
    return others.least >= 5
  })
  // One for each round, of which the first and the last are not whole.
  const rounds = others.most
  expect(taken).toBeGreaterThanOrEqual(AHEAD * (rounds - 1))
  expect(taken).toBeLessThanOrEqual(AHEAD * (rounds + 1))
})

test('those that wait are served in turn', async () => {
  await turnUntil(() => others.most >= 5)
  expect(others.most - others.least).toBeLessThanOrEqual(1)
})

test('allows what was queued when the connection is served, however many rounds that lasts', async () => {
  const share = new Share()
  take(share)
  share.grant(1000)
  expect(take(share, 400)).toBe(400)
  await turnUntil(() => others.least >= 2)
  expect(take(share)).toBe(600 + AHEAD)
})

test('is never spent by a connection with few messages', async () => {
  const share = new Share()
  let refused = 0
  await turnUntil(() => {
    if (share.isSpent()) refused += 1
    return others.least >= 5
  })
  expect(refused).toBe(0)
})
