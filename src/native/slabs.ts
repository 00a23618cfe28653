/**
 * The memory that messages arrive in. A slab is filled once and then the collector's, because messages are views
 * of it and may be kept. Only where all connections that a slab's messages came from give them back
 * (`reuseMemory`) it is filled again, while it is warm.
 */

import { workerThreads } from '../node/builtin.js'

/** Bytes of a slab. A message of 64 KiB fits with its header. */
const SLAB_BYTES = 64 * 1024 + 16
/** Most slabs that wait to be filled again: those of one batch. */
const MAX_FREE = 17

type View = (memory: ArrayBuffer, offset: number, length: number) => Buffer

/** The class that `subarray` makes a Buffer with: Node's own, which nothing else names. Elsewhere it may be `Buffer` itself. */
const Species = (Buffer as unknown as { [Symbol.species]: new (...args: Parameters<View>) => Buffer })[
  Symbol.species
]

/** A Buffer on this memory, in half of the time of `Buffer.from`, which has more to ask. */
const viewOf: View =
  Species.prototype === Buffer.prototype && (Species as unknown) !== Buffer
    ? (memory, offset, length) => new Species(memory, offset, length)
    : (memory, offset, length) => Buffer.from(memory, offset, length)

/** A Buffer that connections read into. */
export class Slab {
  readonly buffer: Buffer & { utf8Slice?(from: number, to: number): string }
  readonly memory: ArrayBuffer
  /** Connections that have not given back messages which lie here. */
  leases = 0
  /** Messages that lie here may be kept for good. */
  isKept = false
  /** Batches that are being handed over from here. */
  batches = 0

  constructor(buffer: Buffer) {
    this.buffer = buffer
    this.memory = buffer.buffer as ArrayBuffer
  }

  /** A message that lies here. */
  view(from: number, length: number): Buffer {
    return viewOf(this.memory, from, length)
  }

  /** `utf8Slice` is what `toString` comes to in Node; it saves a third of the time for short texts. */
  text(from: number, to: number): string {
    const { buffer } = this
    return buffer.utf8Slice === undefined ? buffer.toString('utf8', from, to) : buffer.utf8Slice(from, to)
  }
}

const free: Slab[] = []
/** Those native code has been given and no batch has spoken of yet. */
const next: Slab[] = []
let current = new Slab(Buffer.alloc(0))
current.isKept = true

/**
 * Elements of the array that dies with each new slab: 4 KiB. V8 looks for dead memory when its young generation
 * is full, and a slab takes next to nothing of that itself. From Node 24 on 80 MB of dead slabs pile up, which
 * no cache holds; with this it is less than half, the more so the smaller the young generation is.
 */
const BALLAST = 512
/** Holds the last of them: the compiler leaves out what is stored nowhere. */
const ballast: { last: undefined[] } = { last: [] }

let threads: ReturnType<typeof workerThreads> | undefined

/** Loads what slabs need: best while a connection is being opened, and else with the first slab. */
export function prepareSlabs(): void {
  threads ??= workerThreads()
}

function make(): Slab {
  ballast.last = new Array(BALLAST)
  const buffer = Buffer.allocUnsafeSlow(SLAB_BYTES)
  // Transferring one message to another thread would take its neighbours along.
  prepareSlabs()
  threads?.markAsUntransferable?.(buffer.buffer)
  return new Slab(buffer)
}

/** The slab that native code fills next. */
export function allocate(): Buffer {
  let slab = free.pop()
  // User code may have taken the memory away all the same (`ArrayBuffer.prototype.transfer`).
  while (slab !== undefined && slab.memory.byteLength === 0) slab = free.pop()
  slab ??= make()
  next.push(slab)
  return slab.buffer
}

/**
 * The slabs that the rows of a batch speak of, from the one that was being filled to the one that is now. They
 * are not filled again before `leave`, whatever runs while the batch is handed over.
 */
export function enter(): Slab[] {
  const slabs = next.length === 0 ? [current] : [current, ...next.splice(0)]
  for (const slab of slabs) slab.batches += 1
  current = slabs.at(-1) as Slab
  return slabs
}

/** The batch has been handed over. */
export function leave(slabs: readonly Slab[]): void {
  for (const slab of slabs) {
    slab.batches -= 1
    reclaim(slab)
  }
}

function reclaim(slab: Slab): void {
  const isFree = slab.leases === 0 && slab.batches === 0 && !slab.isKept && slab !== current
  if (isFree && free.length < MAX_FREE) free.push(slab)
}

/** Slabs with a lease. */
let leased = 0
/** Most of them: what connections that nobody reads from hold is the collector's from there on. */
const MAX_LEASED = 256
/** Connections that may have something to give back, and most of them. */
const lessees = new Set<Leases>()
const MAX_LESSEES = 1024

function abandonAll(): void {
  for (const leases of lessees) leases.abandon()
}

function unlease(slab: Slab): void {
  slab.leases -= 1
  if (slab.leases === 0) leased -= 1
}

/** What one connection has to give back: slabs, oldest first, and what has to be taken before. */
export class Leases {
  #leases: { slab: Slab; end: number }[] = []
  #isKnown = false

  /** A message of the batch that is being handed over lies here. */
  add(slab: Slab): void {
    const last = this.#leases.at(-1)
    if (last?.slab === slab) {
      last.end = Number.POSITIVE_INFINITY
      return
    }
    if (leased >= MAX_LEASED) abandonAll()
    if (!this.#isKnown) this.#makeKnown()
    if (slab.leases === 0) leased += 1
    slab.leases += 1
    this.#leases.push({ slab, end: Number.POSITIVE_INFINITY })
  }

  /** The batch is over: once so many messages have been taken, none of it is queued. */
  seal(end: number): void {
    for (let at = this.#leases.length - 1; at >= 0; at -= 1) {
      const lease = this.#leases[at] as { end: number }
      if (lease.end !== Number.POSITIVE_INFINITY) break
      lease.end = end
    }
  }

  /** The next message is asked for after so many have been taken: nobody looks at those any more. */
  release(taken: number): void {
    for (let lease = this.#leases[0]; lease !== undefined && lease.end <= taken; lease = this.#leases[0]) {
      this.#leases.shift()
      unlease(lease.slab)
      reclaim(lease.slab)
    }
  }

  /** Leaves everything to the collector, as where the connection is over. */
  abandon(): void {
    for (const { slab } of this.#leases) {
      slab.isKept = true
      unlease(slab)
    }
    this.#leases = []
    this.#isKnown = false
    lessees.delete(this)
  }

  #makeKnown(): void {
    if (lessees.size >= MAX_LESSEES) abandonAll()
    lessees.add(this)
    this.#isKnown = true
  }
}
