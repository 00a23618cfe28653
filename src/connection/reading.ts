/** Reading of a connection of the promise API: paused while its receive queue is full or a message is held. */

import { native } from '../native/dispatch.js'
import { clearInterval, MAX_DELAY, setImmediate, setInterval, type Timer } from '../node/timers.js'

/** What reading needs of its connection. */
interface Owner {
  /** Whether a scheduled turn has to wait for the next iteration of the loop. */
  readonly isYielding: boolean
}

/** Whether one connection reads, and the turn that is scheduled for it. */
export class Reading {
  readonly #id: number
  readonly #owner: Owner
  /** Whether reading is paused. */
  isPaused = false
  #isReferenced = true
  #isHeld = false
  #isBehind = false
  /** Keeps the process alive while nothing is read, because the loop then watches no socket. */
  #hold: Timer | undefined
  /** The scheduled turn. */
  #turn: Timer | undefined

  constructor(id: number, owner: Owner) {
    this.#id = id
    this.#owner = owner
  }

  /** Lets messages be delivered together with those of other connections, without ticks in between. */
  gather(): void {
    native.gather(this.#id)
  }

  /** Whether nothing is read: reading is paused, or native code holds a message. */
  get isStopped(): boolean {
    return this.isPaused || this.#isHeld
  }

  /** Notes whether native code holds a message. */
  setHeld(isHeld: boolean): void {
    if (this.#isHeld === isHeld) return
    this.#isHeld = isHeld
    this.#keepAlive()
  }

  pause(): void {
    this.isPaused = true
    this.#keepAlive()
    this.#apply()
  }

  resume(): void {
    this.isPaused = false
    this.#keepAlive()
    this.#apply()
  }

  /** Sets whether events that were read are still to be delivered; nothing is read meanwhile. */
  setBehind(isBehind: boolean): void {
    if (this.#isBehind === isBehind) return
    this.#isBehind = isBehind
    this.#apply()
  }

  #apply(): void {
    if (native.setReading(this.#id, !this.isPaused && !this.#isBehind)) this.scheduleTurn()
  }

  #keepAlive(): void {
    clearInterval(this.#hold)
    if (!this.isStopped) return
    this.#hold = setInterval(() => {}, MAX_DELAY)
    if (!this.#isReferenced) this.#hold.unref()
  }

  /** Schedules a turn for messages that have arrived and that no event will announce. */
  scheduleTurn(): void {
    if (this.#turn !== undefined) return
    this.#turn = setImmediate(() => {
      this.#turn = undefined
      // What a turn reads may fail the connection. The replies to the messages before it come first.
      if (this.#owner.isYielding) this.scheduleTurn()
      else native.turn(this.#id)
    })
    if (!this.#isReferenced) this.#turn.unref()
  }

  /** Sets whether the connection keeps the process alive. */
  setReferenced(referenced: boolean): void {
    this.#isReferenced = referenced
    for (const timer of [this.#hold, this.#turn]) {
      if (referenced) timer?.ref()
      else timer?.unref()
    }
    native.setReferenced(this.#id, referenced)
  }

  /** Stops keeping the process alive: the connection has ended. */
  end(): void {
    clearInterval(this.#hold)
  }
}
