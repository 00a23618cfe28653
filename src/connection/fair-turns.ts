/**
 * Decides when receiving, and sending from an iterable, yields to the event loop. A program that takes queued messages
 * runs in microtasks, and neither timers nor sockets run before these end. One state for the thread, since all
 * connections share its loop.
 */

import { now, setImmediate } from '../node/timers.js'

/** How long messages may be taken without yielding, in ms. Reading and garbage collection can make a turn longer. */
const MAX_WORK = 4
/** Reading the clock costs as much as a small message, so it is read about this often, in ms. */
const SAMPLE = 1
/** Most messages between two readings of the clock. */
const MAX_MESSAGES = 32
/** Most calls that are served in one turn of the loop. Each is a callback, of which most do nothing if the first works long. */
const MAX_SERVED = 16
/** Most messages of a connection that are taken ahead of those that wait, before each of these has been served once. */
const MAX_AHEAD = 32

/** A time before the last turn of the loop. */
let turnedAt = 0
/** Whether the loop has turned since the clock was last read. */
let hasTurned = false
let sampledAt = 0
let interval = 1
let left = 1
/** What waits for a turn of the loop, in order. */
const waiting: (() => void)[] = []
/** Callbacks that will serve what waits. */
let scheduled = 0
/** Counts the turns of the loop in which something that waited was served. */
let turns = 0
/** Counts how often all that waited together have been served. */
let rounds = 0
/** How many of these are to be served before the next round begins. */
let leftOfRound = 0

function isOverdue(): boolean {
  const at = now()
  const elapsed = at - sampledAt
  // It may have turned at any time since the last reading.
  if (hasTurned) turnedAt = Math.max(turnedAt, sampledAt)
  hasTurned = false
  sampledAt = at
  interval = Math.max(
    1,
    Math.min(Math.floor((interval * SAMPLE) / Math.max(elapsed, 0.001)), 2 * interval, MAX_MESSAGES),
  )
  left = interval
  return at - turnedAt >= MAX_WORK
}

/** Counts a queued message that is taken, and returns whether the loop should have a turn before it. */
export function isTurnDue(): boolean {
  left -= 1
  return left <= 0 && isOverdue()
}

/**
 * Notes that the loop has turned. Does not read the clock: it is called for each batch. While something waits, the batches
 * of other connections are of the same turn.
 */
export function noteTurn(): void {
  if (waiting.length === 0) hasTurned = true
}

function serveNext(isFirst: boolean): void {
  scheduled -= 1
  if (isFirst) {
    turns += 1
    turnedAt = now()
    hasTurned = false
  }
  // Those that were served before in this turn may have worked long enough.
  if (isFirst || now() - turnedAt < MAX_WORK) serveOne()
  schedule()
}

function serveOne(): void {
  const serve = waiting.shift()
  leftOfRound -= 1
  if (leftOfRound <= 0) {
    rounds += 1
    leftOfRound = waiting.length
  }
  serve?.()
}

function schedule(): void {
  while (scheduled < Math.min(waiting.length, MAX_SERVED)) {
    scheduled += 1
    const before = turns
    setImmediate(() => serveNext(before === turns))
  }
}

/** Calls `serve` when the loop has turned, in the next turn that has time for it. */
export function afterTurn(serve: () => void): void {
  waiting.push(serve)
  schedule()
}

/** Waits for a turn of the loop, if one is due. */
export function yieldIfDue(): Promise<void> | undefined {
  return isTurnDue() ? new Promise(afterTurn) : undefined
}

/**
 * What one connection takes while others wait for a turn. Messages that arrive for a call that is pending reach it ahead of
 * those that are queued for others, which is right for a few of them. A connection that always has some would be served in
 * each turn, and the others in one of many.
 */
export class Share {
  #round = -1
  #taken = 0

  /** Counts a message, and returns whether the connection has to wait behind the others before it takes that. */
  isSpent(): boolean {
    if (waiting.length === 0) return false
    if (this.#round !== rounds) {
      this.#round = rounds
      this.#taken = Math.min(this.#taken, 0)
    }
    this.#taken += 1
    return this.#taken > MAX_AHEAD
  }

  /** The connection is served: it may take what it has queued. */
  grant(queued: number): void {
    this.#taken = -queued
  }
}
