/** The events of a connection in their order: delivered at once, or held for a later iteration of the loop. */

import { setImmediate } from '../node/timers.js'
import type { Delivery } from './consumer.js'
import { throwLater } from './program-calls.js'

/** The connection whose events they are. */
interface Owner {
  readonly isPaused: boolean
  /** All events that were held have been delivered. */
  handleCaughtUp(): void
}

/** The events of one connection. */
export class EventQueue {
  readonly #owner: Owner
  readonly #oneByOne: boolean
  readonly #passesReadEvents: boolean
  /** Events that are delivered later. Made with the first of them. */
  #held: (() => void)[] | undefined
  /** Whether events are held. */
  isHolding = false
  /** Whether the events that are held are about to be delivered. */
  #isReleasing = false
  #isDropped = false

  constructor(owner: Owner, { oneByOne = false, passesReadEvents = false }: Delivery) {
    this.#owner = owner
    this.#oneByOne = oneByOne
    this.#passesReadEvents = passesReadEvents
  }

  /** Whether events are still to be delivered. */
  get isBehind(): boolean {
    return this.#held !== undefined && this.#held.length > 0
  }

  /** Runs an event now, or keeps it while events are held. */
  handle(event: () => void): void {
    if (this.isHolding) this.keep(event)
    else this.run(event)
  }

  /** Keeps an event for later. */
  keep(event: () => void): void {
    if (this.#isDropped) return
    this.#held ??= []
    this.#held.push(event)
  }

  /** Runs an event now, whether events are held or not. */
  run(event: () => void): void {
    try {
      event()
    } catch (error) {
      this.handleThrown(error)
    }
    this.handleDelivered()
  }

  /** An event has been delivered. */
  handleDelivered(): void {
    if (this.#oneByOne) this.#hold()
  }

  /** Reports what the program has thrown. The next event comes when that has been done. */
  handleThrown(error: unknown): void {
    throwLater(error)
    this.#hold()
  }

  /** Holds events for the rest of this iteration of the loop. */
  #hold(): void {
    this.isHolding = true
    this.release()
  }

  /** Delivers the events that are held, unless they are about to be. */
  release(schedule: (task: () => void) => unknown = setImmediate): void {
    if (this.#isReleasing || !this.isHolding) return
    this.#isReleasing = true
    schedule(() => {
      this.#isReleasing = false
      this.#drain()
    })
  }

  #drain(): void {
    const held = this.#held ?? []
    let at = 0
    this.isHolding = this.#owner.isPaused && !this.#passesReadEvents
    // The end of the connection drops what is held.
    while (!this.isHolding && at < held.length && this.#held === held) this.run(held[at++] as () => void)
    held.splice(0, at)
    // Events that come while others are held wait behind them, and those that come while reading is paused for `resume`.
    this.isHolding ||= this.#owner.isPaused || this.isBehind
    if (at > 0 && !this.isBehind) this.#owner.handleCaughtUp()
  }

  /** Drops the events that are held, and those that would be. */
  drop(): void {
    this.#held = undefined
    this.#isDropped = true
  }
}
