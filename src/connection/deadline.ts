/** The deadline of a blocked call. */

import { now } from '../node/timers.js'

/** A deadline that several native calls share. */
export class Deadline {
  readonly #at: number

  /** @param timeout in ms; `Infinity` for no limit */
  constructor(timeout: number) {
    this.#at = now() + timeout
  }

  /** This deadline, or one in `timeout` ms if that is earlier. */
  within(timeout: number): Deadline {
    const { left } = this
    return new Deadline(left < 0 ? timeout : Math.min(left, timeout))
  }

  /** Milliseconds left, in the form of native code: negative for no limit. */
  get left(): number {
    return this.#at === Number.POSITIVE_INFINITY ? -1 : Math.max(this.#at - now(), 0)
  }
}
