/**
 * Abort signals that many calls share. Each signal gets one listener, because an `EventTarget` searches all of its
 * listeners whenever one is added.
 */

const groups = new WeakMap<AbortSignal, Group>()

/** The pending calls of one signal, in order. */
class Group {
  readonly #signal: AbortSignal
  readonly #calls = new Set<() => void>()

  constructor(signal: AbortSignal) {
    this.#signal = signal
    groups.set(signal, this)
    signal.addEventListener('abort', this.#fire, { once: true })
  }

  add(aborted: () => void): () => void {
    // A new function, because `aborted` may be added twice.
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
    // A call added from here on belongs to a signal that has already fired, and is never called.
    groups.delete(this.#signal)
    for (const call of [...this.#calls]) if (this.#calls.delete(call)) call()
  }
}

/**
 * Calls `aborted` once if the signal is aborted.
 *
 * @returns a function that removes the call
 */
export function onAbort(signal: AbortSignal, aborted: () => void): () => void {
  return (groups.get(signal) ?? new Group(signal)).add(aborted)
}
