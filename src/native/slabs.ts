/**
 * Slabs: the Buffers that received bytes are read into. A slab is filled once and then left to the garbage collector,
 * because messages are views of it and may be kept. It is filled again, while it is in the cache, only if all connections
 * with messages in it have copied them, or released them (`reuseMemory`).
 */

import { workerThreads } from '../node/builtin.js'

/**
 * Bytes of a slab: fits a message of 64 KiB with its header and a small one before it, or 4 messages of 16 KiB, and has room
 * left: a read that fills it exactly has to be followed by another.
 */
const SLAB_BYTES = 65 * 1024
/** Most slabs kept for reuse: those of one batch. */
const MAX_FREE = 17

type View = (memory: ArrayBuffer, offset: number, length: number) => Buffer

/** The class that `subarray` constructs: in Node an internal one, in other runtimes perhaps `Buffer` itself. */
const Species = (Buffer as unknown as { [Symbol.species]: new (...args: Parameters<View>) => Buffer })[
  Symbol.species
]

/** Makes a Buffer on memory, in half the time of `Buffer.from`, which checks more. */
const viewOf: View =
  Species.prototype === Buffer.prototype && (Species as unknown) !== Buffer
    ? (memory, offset, length) => new Species(memory, offset, length)
    : (memory, offset, length) => Buffer.from(memory, offset, length)

/** A slab. */
export class Slab {
  readonly buffer: Buffer & { utf8Slice?(from: number, to: number): string }
  readonly memory: ArrayBuffer
  /** Connections that have not released their messages in this slab. */
  leases = 0
  /** Whether the program may keep messages in this slab. */
  isKept = false
  /** Batches that are being delivered from this slab. */
  batches = 0

  constructor(buffer: Buffer) {
    this.buffer = buffer
    this.memory = buffer.buffer as ArrayBuffer
  }

  /** Returns a binary message in this slab. */
  view(from: number, length: number): Buffer {
    return viewOf(this.memory, from, length)
  }

  /** Returns a text message in this slab. `utf8Slice`, which `toString` calls in Node, takes a third less for short texts. */
  text(from: number, to: number): string {
    const { buffer } = this
    return buffer.utf8Slice === undefined ? buffer.toString('utf8', from, to) : buffer.utf8Slice(from, to)
  }
}

/** Slabs to fill again. */
const free: Slab[] = []
/** Slabs that native code has taken and no batch has referred to yet. */
const next: Slab[] = []
/** The slab that is being filled. */
let current = new Slab(Buffer.alloc(0))
current.isKept = true

/**
 * Elements of an array that becomes garbage with each new slab: 4 KiB. V8 collects when its young generation is full, and
 * a slab adds almost nothing to it. Without the array, 80 MB of dead slabs accumulate from Node 24 on, more than any
 * cache; with it less than half, depending on the size of the young generation.
 */
const BALLAST = 512
/** Holds the last array: V8 would optimise away one that is not stored. */
const ballast: { last: undefined[] } = { last: [] }

/** Has the methods of memory that detach it throw. Up to Node 23 they do not respect `markAsUntransferable`. */
const refusal: PropertyDescriptor = {
  value: function transfer(): never {
    throw new TypeError('memory that messages share is not detachable')
  },
}
const refusals: PropertyDescriptorMap = { transfer: refusal, transferToFixedLength: refusal }

type Mark = ((memory: ArrayBuffer) => void) | undefined
type Transferable = ArrayBuffer & { transfer?(): ArrayBuffer }

/** Whether `transfer` detaches memory that is marked. To find out takes less than defining the methods of one slab. */
function ignoresMark(mark: Mark): boolean {
  const probe: Transferable = new ArrayBuffer(1)
  mark?.(probe)
  try {
    return probe.transfer?.() !== undefined
  } catch {
    return false
  }
}

let needsRefusals: boolean | undefined

let threads: ReturnType<typeof workerThreads> | undefined

/** Loads the module that slabs need, while a connection is being opened or with the first slab. */
export function prepareSlabs(): void {
  threads ??= workerThreads()
}

function make(): Slab {
  ballast.last = new Array(BALLAST)
  const buffer = Buffer.allocUnsafeSlow(SLAB_BYTES)
  // Transferring one message to another thread would transfer its neighbours, and those that are not delivered yet.
  prepareSlabs()
  const mark: Mark = threads?.markAsUntransferable
  mark?.(buffer.buffer)
  needsRefusals ??= ignoresMark(mark)
  if (needsRefusals) Object.defineProperties(buffer.buffer, refusals)
  return new Slab(buffer)
}

/** Returns the next slab for native code to fill. */
export function allocate(): Buffer {
  let slab = free.pop()
  // User code may have transferred the memory nevertheless (`ArrayBuffer.prototype.transfer.call`).
  while (slab !== undefined && slab.memory.byteLength === 0) slab = free.pop()
  slab ??= make()
  next.push(slab)
  return slab.buffer
}

/**
 * Returns the slabs that the rows of a batch refer to: from the one that was being filled to the one that is now. They are
 * not filled again before `leave`, even if user code runs during the delivery.
 */
export function enter(): Slab[] {
  const slabs = next.length === 0 ? [current] : [current, ...next.splice(0)]
  for (const slab of slabs) slab.batches += 1
  current = slabs.at(-1) as Slab
  return slabs
}

/** Releases the slabs of a delivered batch. */
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

/** Number of slabs with a lease. */
let leased = 0
/** Most slabs with a lease. Beyond it, all leases are left to the garbage collector: some connections are not being read. */
const MAX_LEASED = 256
/** Connections with leases, and the most of them. */
const lessees = new Set<Leases>()
const MAX_LESSEES = 1024

function abandonAll(): void {
  for (const leases of lessees) leases.abandon()
}

function unlease(slab: Slab): void {
  slab.leases -= 1
  if (slab.leases === 0) leased -= 1
}

/** The leases of one connection, oldest first: each a slab and the number of messages to be taken before its release. */
export class Leases {
  #leases: { slab: Slab; end: number }[] = []
  #isLessee = false

  /** Adds a lease for a message of the batch that is being delivered. */
  add(slab: Slab): void {
    const last = this.#leases.at(-1)
    if (last?.slab === slab) {
      last.end = Number.POSITIVE_INFINITY
      return
    }
    if (leased >= MAX_LEASED) abandonAll()
    if (!this.#isLessee) this.#addLessee()
    if (slab.leases === 0) leased += 1
    slab.leases += 1
    this.#leases.push({ slab, end: Number.POSITIVE_INFINITY })
  }

  /** Ends the batch. `end` is the number of messages taken once none of the batch is queued. */
  seal(end: number): void {
    for (let at = this.#leases.length - 1; at >= 0; at -= 1) {
      const lease = this.#leases[at] as { end: number }
      if (lease.end !== Number.POSITIVE_INFINITY) break
      lease.end = end
    }
  }

  /** Releases the slabs of messages that are no longer valid: the next message is requested after `taken` messages. */
  release(taken: number): void {
    for (let lease = this.#leases[0]; lease !== undefined && lease.end <= taken; lease = this.#leases[0]) {
      this.#leases.shift()
      unlease(lease.slab)
      reclaim(lease.slab)
    }
  }

  /** Leaves all slabs to the garbage collector. */
  abandon(): void {
    for (const { slab } of this.#leases) {
      slab.isKept = true
      unlease(slab)
    }
    this.#leases = []
    this.#isLessee = false
    lessees.delete(this)
  }

  #addLessee(): void {
    if (lessees.size >= MAX_LESSEES) abandonAll()
    lessees.add(this)
    this.#isLessee = true
  }
}
