/**
 * Abort signals that many calls share. An `EventTarget` searches all of its listeners with each one that is added, so
 * each signal gets one listener, whatever the number of calls.
 */

const groups = new WeakMap<AbortSignal, Group>()

/** The calls that wait under one signal, in the order they were made. */
class Group {
  readonly #signal: AbortSignal
  readonly #calls = new Set<() => void>()

  constructor(signal: AbortSignal) {
    this.#signal = signal
    groups.set(signal, this)
    signal.addEventListener('abort', this.#fire, { once: true })
  }

  add(aborted: () => void): () => void {
    // A function of its own: the same one may be given twice.
    const call = () => aborted()
    this.#calls.add(call)
    return () => this.#delete(call)
  }

  #delete(call: () => void): void {
    if (!this.#calls.delete(call) || this.#calls.size > 0) return
    groups.delete(this.#signal)
    this.#signal.removeEventListener('abort', this.#fire)
  }

  readonly #fire = (): void => {
    // What is added from here on is for a signal that has fired, and is never called.
    groups.delete(this.#signal)
    for (const call of [...this.#calls]) if (this.#calls.delete(call)) call()
  }
}

/**
 * Calls `aborted` once if the signal fires.
 *
 * @returns what takes the call off again
 */
export function onAbort(signal: AbortSignal, aborted: () => void): () => void {
  return (groups.get(signal) ?? new Group(signal)).add(aborted)
}
