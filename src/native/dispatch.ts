/**
 * Dispatches batches: reads the shared rows and calls the connections that they belong to. Binds the native
 * functions, once for each copy of this package: a thread may have several copies.
 */

import { isNode } from '../node/runtime.js'
import { nextTick } from '../node/timers.js'
import {
  addon,
  EXITING,
  type Failure,
  type Native,
  ROW_BINARY,
  ROW_CLOSE,
  ROW_CLOSE_DUE,
  ROW_CONNECTION,
  ROW_DRAINED,
  ROW_END,
  ROW_FAILURE,
  ROW_HEADER,
  ROW_HELD,
  ROW_MORE,
  ROW_NEXT_SLAB,
  ROW_OWN_BINARY,
  ROW_OWN_TEXT,
  ROW_OWN_TEXT_BYTES,
  ROW_PING,
  ROW_PONG,
  ROW_STREAM_BINARY,
  ROW_STREAM_END,
  ROW_STREAM_TEXT,
  ROW_TEXT,
  ROW_TEXT_BYTES,
  ROW_WORDS,
  WALKED,
  WOKEN_DELIVERED,
  WOKEN_ROWS,
} from './binding.js'
import type { Message } from './payload.js'
import { runRelay } from './relays.js'
import { allocate, enter, type Leases, leave, type Slab } from './slabs.js'

/** Most rows of a batch. */
const ROWS = 4096

/** A connection that rows of a batch are delivered to, one by one. */
export interface Receiver {
  /** Called before its rows of a batch. */
  handleBatch(): void
  /** Called with a message, or with a part of one between `handleStreamStart` and `handleStreamEnd`. */
  handleMessage(message: Message, bytes: number): void
  /** Called for a text of a connection that takes texts as bytes. */
  handleTextBytes?(bytes: Buffer): void
  /** Called for a ping of a connection that reports pings. */
  handlePing?(payload: Buffer): void
  /** Called when a message begins that is delivered as it arrives. */
  handleStreamStart(kind: 'text' | 'binary'): void
  /** Called when that message is complete. */
  handleStreamEnd(): void
  /** Called if a message is larger than `maxMessageSize`. Nothing is read until it is streamed, skipped or refused. */
  handleHeld(): void
  /** @param trip the round trip in ms, if the pong answers a ping of the keepalive */
  handlePong(payload: Buffer, trip?: number): void
  /** Called for the peer's close frame. */
  handleCloseFrame(code: number, reason: string): void
  /** Called if the connection has not ended in time; see `native.limitClose`. */
  handleCloseDue?(): void
  /** Called when the TCP connection has ended. @param failure why, unless the closing handshake was completed */
  handleEnd(failure?: Failure): void
  /** Called when enough unsent bytes have left. */
  handleDrained(): void
  /** Called if messages have arrived that no event will announce: the connection needs another turn. */
  handleMore(): void
  /** Called after its rows of a batch. */
  handleBatchEnd(): void
  /** The slabs that messages lie in, if their memory is reused (`reuseMemory`). */
  readonly leases: Leases | undefined
  /** Whether it copies the bytes of messages before other code runs (`native.copyBytes`). */
  readonly copiesBytes?: boolean
}

/** The native functions, bound for this copy of the package. */
export const native: Native = addon.bind(deliver, allocate, runRelay, ROW_HEADER + ROWS * ROW_WORDS)

const { rows } = native
/** The receivers by the number of their connection. */
export const receivers = new Map<number, Receiver>()
/** The receiver of a blocked call. Not in the map, which would keep it from being collected. */
let blocked: Receiver | undefined
let blockedId = -1

/** Rows whose value is a string or Buffer of its own, outside the slabs. */
const OWN = new Set<number>([ROW_OWN_TEXT, ROW_OWN_BINARY, ROW_OWN_TEXT_BYTES, ROW_PING, ROW_PONG, ROW_CLOSE])

/** The values of a batch that has none. */
const NONE: readonly (string | Buffer)[] = []

/** By what the high word of a number is multiplied. */
const WORD_SPAN = 2 ** 32

/** The end of the rows that are being walked; 0 if none are. */
let walked = 0

/** Whether rows are being walked. */
export function isWalking(): boolean {
  return walked !== 0
}

/** Whether native code is delivering a batch. */
export function isDelivering(): boolean {
  return rows[0] !== 0
}

/** Whether the process is exiting. */
export function isExiting(): boolean {
  return rows[EXITING] !== 0
}

/**
 * Called with the rows of a batch: walks them. This can run user code: resolving a promise looks up `then` and calls async
 * hooks. A blocked call there delivers a batch of its own meanwhile; see {@link block}.
 */
function deliver(count: number, own: readonly (string | Buffer)[] = NONE, failure?: Failure): void {
  const slabs = enter()
  const outer = walked
  walked = ROW_HEADER + count * ROW_WORDS
  rows[WALKED] = 1
  try {
    walk({ at: ROW_HEADER, end: walked, slabs, slabAt: 0, own, ownAt: 0, failure })
  } finally {
    walked = outer
    if (outer === 0) rows[WALKED] = 0
    leave(slabs)
  }
}

/** A batch that is being walked. */
interface Walk {
  /** Where the next row is. */
  at: number
  readonly end: number
  readonly slabs: readonly Slab[]
  /** Which of them the rows refer to. */
  slabAt: number
  readonly own: readonly (string | Buffer)[]
  ownAt: number
  readonly failure: Failure | undefined
}

/** Walks the rows of each connection. What one of them throws is thrown again when the others have had theirs. */
function walk(batch: Walk): void {
  let errors: unknown[] | undefined
  while (batch.at < batch.end) {
    try {
      walkConnection(batch)
    } catch (error) {
      errors ??= []
      errors.push(error)
    }
  }
  if (errors === undefined) return
  for (const error of errors.slice(1)) {
    nextTick(() => {
      throw error
    })
  }
  throw errors[0]
}

/** Walks the rows up to those of the next connection. */
function walkConnection(batch: Walk): void {
  const { end, slabs, failure } = batch
  const receiver = toReceiver(batch)
  let slab = slabs[batch.slabAt] as Slab
  let leased: Slab | undefined
  receiver.handleBatch()
  for (let { at } = batch; at < end; ) {
    const kind = rows[at] as number
    if (kind === ROW_CONNECTION) break
    const from = rows[at + 1] as number
    const length = rows[at + 2] as number
    at += ROW_WORDS
    // What is thrown below ends the rows of this connection, and the next is found behind this row.
    batch.at = at
    if (kind === ROW_NEXT_SLAB) slab = slabs[++batch.slabAt] as Slab
    else if (kind === ROW_TEXT) receiver.handleMessage(slab.text(from, from + length), length)
    else if (kind === ROW_BINARY || kind === ROW_TEXT_BYTES) {
      leased = lease(receiver, slab, leased)
      handleBytes(receiver, kind, slab.view(from, length))
    } else if (OWN.has(kind)) handleOwn(receiver, kind, batch, from, length)
    else handleEvent(receiver, kind, failure)
  }
  receiver.handleBatchEnd()
}

const ignore = () => {}

/** Takes the events of connections that are no longer listened to, and the rest of the rows after an exception. */
const NO_RECEIVER: Receiver = {
  handleBatch: ignore,
  handleMessage: ignore,
  handleStreamStart: ignore,
  handleStreamEnd: ignore,
  handleHeld: ignore,
  handlePong: ignore,
  handleCloseFrame: ignore,
  handleEnd: ignore,
  handleDrained: ignore,
  handleMore: ignore,
  handleBatchEnd: ignore,
  leases: undefined,
}

/** Takes the row that names a connection, if it is the next. */
function toReceiver(batch: Walk): Receiver {
  const { at } = batch
  if (rows[at] !== ROW_CONNECTION) return NO_RECEIVER
  batch.at = at + ROW_WORDS
  const id = (rows[at + 2] as number) * WORD_SPAN + (rows[at + 1] as number)
  return (id === blockedId ? blocked : receivers.get(id)) ?? NO_RECEIVER
}

function handleBytes(receiver: Receiver, kind: number, bytes: Buffer): void {
  if (kind === ROW_BINARY) receiver.handleMessage(bytes, bytes.length)
  else receiver.handleTextBytes?.(bytes)
}

/** Notes that a message for this receiver lies in the slab, unless that is the one which was noted last. */
function lease(receiver: Receiver, slab: Slab, noted: Slab | undefined): Slab {
  if (slab === noted) return slab
  if (receiver.leases !== undefined) receiver.leases.add(slab)
  else if (receiver.copiesBytes !== true) slab.isKept = true
  return slab
}

/** @param number the round trip in microseconds, in the row of a pong; the code, in that of a close frame */
function handleOwn(receiver: Receiver, kind: number, batch: Walk, number: number, length: number): void {
  // An empty reason of a close frame is no value.
  const value = kind === ROW_CLOSE && length === 0 ? '' : (batch.own[batch.ownAt++] as Message)
  if (kind === ROW_PONG) receiver.handlePong(value as Buffer, number === 0 ? undefined : number / 1000)
  else if (kind === ROW_CLOSE) receiver.handleCloseFrame(number, value as string)
  else if (kind === ROW_PING) receiver.handlePing?.(value as Buffer)
  else if (kind === ROW_OWN_TEXT_BYTES) receiver.handleTextBytes?.(value as Buffer)
  else receiver.handleMessage(value, length)
}

function handleEvent(receiver: Receiver, kind: number, failure?: Failure): void {
  if (kind === ROW_END) receiver.handleEnd()
  else if (kind === ROW_FAILURE) receiver.handleEnd(failure)
  else if (kind === ROW_DRAINED) receiver.handleDrained()
  else if (kind === ROW_MORE) receiver.handleMore()
  else if (kind === ROW_STREAM_TEXT) receiver.handleStreamStart('text')
  else if (kind === ROW_STREAM_BINARY) receiver.handleStreamStart('binary')
  else if (kind === ROW_STREAM_END) receiver.handleStreamEnd()
  else if (kind === ROW_HELD) receiver.handleHeld()
  else if (kind === ROW_CLOSE_DUE) receiver.handleCloseDue?.()
}

/** Whether the event loop of this runtime can drive connections. */
export const hasLoop = native.hasLoop && isNode

/**
 * Waits on this thread and delivers batches to `receiver`.
 *
 * @param drainTo unsent bytes to wait for; negative to wait for no writing
 * @param timeout in ms; negative for no limit
 * @param signals the bits of the signals that end the wait
 * @returns one of the constants `WOKEN_` except `WOKEN_ROWS`
 */
export function block(
  id: number,
  receiver: Receiver,
  drainTo: number,
  read: boolean,
  timeout: number,
  signals: number,
): number {
  const outer = blocked
  const outerId = blockedId
  const delivering = rows[0] as number
  const unwalked = walked === 0 ? undefined : rows.slice(0, walked)
  blocked = receiver
  blockedId = id
  try {
    const woken = native.block(id, drainTo, read, timeout, signals)
    if (woken !== WOKEN_ROWS) return woken
    const count = rows[0] as number
    rows[0] = delivering
    deliver(count)
    return WOKEN_DELIVERED
  } finally {
    blocked = outer
    blockedId = outerId
    if (unwalked !== undefined) rows.set(unwalked)
  }
}
