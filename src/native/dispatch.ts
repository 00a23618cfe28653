/**
 * JavaScript's side of the boundary: the shared rows, the slab that is being read, and which connection a batch is for.
 * Bound once for each copy of this package, of which there may be several in a thread; every face goes through here.
 */

import { nextTick } from '../node/timers.js'
import { addon, type Failure, type Native, ROW_HEADER, ROW_WORDS, Row, WALKED, Woken } from './binding.js'
import type { Message } from './payload.js'
import { allocate, enter, type Leases, leave, type Slab } from './slabs.js'

/** Rows of a batch. */
const ROWS = 4096

/** What a batch is handed to, row by row. */
export interface Receiver {
  /** Rows follow. */
  handleBatch(): void
  handleMessage(message: Message, bytes: number): void
  /** `trip` is the round trip in ms where the pong answers the keepalive. */
  handlePong(payload: Buffer, trip?: number): void
  /** The peer's close frame: code, big-endian, and reason. */
  handleCloseFrame(payload: Buffer): void
  /** The TCP connection is gone; with a failure, not as the closing handshake wants it. */
  handleEnd(failure?: Failure): void
  handleDrained(): void
  /** Messages have arrived that nothing will announce. */
  handleMore(): void
  /** All rows of the batch have been handed over. */
  handleBatchEnd(): void
  /** Where messages may not be kept for good: the slabs they lie in. */
  readonly leases: Leases | undefined
}

/** The native functions of this copy. */
export const native: Native = addon.bind(deliver, allocate, ROW_HEADER + ROWS * ROW_WORDS)

const { rows } = native
const receivers = new Map<number, Receiver>()
/** The receiver of a blocked call, which is not in the map: dropping it has to be noticed. */
let blocked: Receiver | undefined
let blockedId = -1

/** Rows whose value is not in the slab. */
const OWN = new Set<number>([Row.OwnText, Row.OwnBinary, Row.Pong, Row.Close])

function deliver(id: number, count: number, own?: (string | Buffer)[], failure?: Failure): void {
  handOver(id === blockedId ? blocked : receivers.get(id), count, own, failure)
}

/** Where the rows end that are being walked; 0 where none are. */
let walked = 0

/**
 * Walks the rows. That runs code of the user's in places nobody thinks of: a promise that is resolved looks for
 * `then`, and is told of to hooks. What a blocked call there is handed comes in between, see {@link block}.
 */
function handOver(
  receiver: Receiver | undefined,
  count: number,
  own?: (string | Buffer)[],
  failure?: Failure,
): void {
  const slabs = enter()
  const outer = walked
  walked = ROW_HEADER + count * ROW_WORDS
  rows[WALKED] = 1
  try {
    walk(receiver, slabs, own, failure)
  } finally {
    walked = outer
    if (outer === 0) rows[WALKED] = 0
    leave(slabs)
  }
}

function walk(
  receiver: Receiver | undefined,
  slabs: readonly Slab[],
  own: (string | Buffer)[] | undefined,
  failure: Failure | undefined,
): void {
  let [ownAt, slabAt] = [0, 0]
  let slab = slabs[0] as Slab
  let lent: Slab | undefined
  receiver?.handleBatch()
  for (let at = ROW_HEADER, end = walked; at < end; at += ROW_WORDS) {
    const kind = rows[at] as number
    const from = rows[at + 1] as number
    const length = rows[at + 2] as number
    if (kind === Row.NextSlab) slab = slabs[++slabAt] as Slab
    else if (receiver === undefined) continue
    else if (kind === Row.Binary) {
      if (lent !== slab) lent = lend(receiver, slab)
      receiver.handleMessage(slab.view(from, length), length)
    } else if (kind === Row.Text) receiver.handleMessage(slab.text(from, from + length), length)
    else if (OWN.has(kind)) handleOwn(receiver, kind, own?.[ownAt++] as Message, at)
    else handleEvent(receiver, kind, failure)
  }
  receiver?.handleBatchEnd()
}

/** A message for this receiver lies in the slab. */
function lend(receiver: Receiver, slab: Slab): Slab {
  if (receiver.leases === undefined) slab.isKept = true
  else receiver.leases.add(slab)
  return slab
}

function handleOwn(receiver: Receiver, kind: number, value: Message, at: number): void {
  const microseconds = rows[at + 1] as number
  const length = rows[at + 2] as number
  if (kind === Row.Pong)
    receiver.handlePong(value as Buffer, microseconds === 0 ? undefined : microseconds / 1000)
  else if (kind === Row.Close) receiver.handleCloseFrame(value as Buffer)
  else receiver.handleMessage(value, length)
}

function handleEvent(receiver: Receiver, kind: number, failure?: Failure): void {
  if (kind === Row.End) receiver.handleEnd()
  else if (kind === Row.Failure) receiver.handleEnd(failure)
  else if (kind === Row.Drained) receiver.handleDrained()
  else if (kind === Row.More) receiver.handleMore()
}

/** Whether this runtime's event loop can drive connections. */
export const hasLoop =
  native.hasLoop && process.versions.bun === undefined && process.versions.deno === undefined

/** Delivers a connection's batches to a receiver until it is forgotten. */
export function listen(id: number, receiver: Receiver): void {
  if (receivers.size === 0) watchExit()
  receivers.set(id, receiver)
}

/** The connection is gone. */
export function forget(id: number): void {
  if (receivers.delete(id) && receivers.size === 0) unwatchExit()
}

/** Waits on this thread, with batches for `receiver`; a value of `Woken`, never `Rows`. */
export function block(
  id: number,
  receiver: Receiver,
  drainTo: number,
  read: boolean,
  timeout: number,
  signals: number,
): number {
  if (mayHold && walked === 0) flush()
  const outer = blocked
  const outerId = blockedId
  const delivering = rows[0] as number
  const unwalked = walked === 0 ? undefined : rows.slice(0, walked)
  blocked = receiver
  blockedId = id
  try {
    const woken = native.block(id, drainTo, read, timeout, signals)
    if (woken !== Woken.Rows) return woken
    const count = rows[0] as number
    rows[0] = delivering
    handOver(receiver, count)
    return Woken.Delivered
  } finally {
    blocked = outer
    blockedId = outerId
    if (unwalked !== undefined) rows.set(unwalked)
  }
}

let flushScheduled = false
let isExiting = false
/** Messages may be held for the end of the tick, or of the batch. */
let mayHold = false
/** Queued messages that were taken since the last one was sent. */
let taken = 0
/** Messages that are taken before what is held leaves. A program that answers each of them does not get there. */
const MAX_TAKEN = 4

function flush(): void {
  flushScheduled = false
  mayHold = false
  native.flush()
}

/**
 * A queued message was taken. Neither tick nor batch ends while the program goes on with those that are queued. Not in
 * the middle of a walk: a flush may deliver a batch, whose rows would be in the place of those that are walked.
 */
export function noteTaken(): void {
  if (mayHold && ++taken >= MAX_TAKEN && walked === 0) flush()
}

/** No tick follows: what is held leaves now, and so does what later `'exit'` listeners send. */
function handleExit(): void {
  isExiting = true
  flush()
}

/** Runs `handleExit` at the end of the process. All copies that share the binary share the listener as well. */
function watchExit(): void {
  addon.exits ??= new Set()
  const { exits } = addon
  if (exits.size === 0) {
    const listener = () => {
      for (const handle of exits) handle()
    }
    addon.exitListener = listener
    process.on('exit', listener)
  }
  exits.add(handleExit)
}

function unwatchExit(): void {
  const { exits, exitListener } = addon
  if (!exits?.delete(handleExit) || exits.size > 0 || exitListener === undefined) return
  process.off('exit', exitListener)
  // Both are of the copy that made them, which may be collected now.
  delete addon.exits
  delete addon.exitListener
}

/**
 * What was sent in this tick leaves at its end. While a batch is being delivered nothing is scheduled: native code
 * flushes when its handlers are done.
 */
export function scheduleFlush(): void {
  taken = 0
  mayHold = true
  if (isExiting) flush()
  if (flushScheduled || rows[0] !== 0) return
  flushScheduled = true
  nextTick(flush)
}
