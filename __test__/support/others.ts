/** Others that wait for a turn of the event loop, as calls do that find a message after some milliseconds of work. */

import { afterTurn } from './internals.js'

/** More than are served in one turn of the loop. */
const COUNT = 40

/** They wait again each time that they are served, until {@link Others.leave}. */
export class Others {
  /** How often each has been served. */
  readonly served = Array.from({ length: COUNT }, () => 0)
  #isOver = false

  constructor() {
    this.served.forEach((_, other) => {
      this.#wait(other)
    })
  }

  /** How often the one that was served least has been served. */
  get least(): number {
    return Math.min(...this.served)
  }

  /** How often the one that was served most has been served. */
  get most(): number {
    return Math.max(...this.served)
  }

  /** Returns whether each has been served since a copy of {@link Others.served} was made. */
  wereAllServedSince(before: readonly number[]): boolean {
    return this.served.every((times, other) => times > (before[other] as number))
  }

  /** Ends the waiting. */
  async leave(): Promise<void> {
    this.#isOver = true
    // All that wait are served before.
    await new Promise<void>(afterTurn)
  }

  #wait(other: number): void {
    afterTurn(() => {
      this.served[other] = (this.served[other] as number) + 1
      if (!this.#isOver) this.#wait(other)
    })
  }
}
