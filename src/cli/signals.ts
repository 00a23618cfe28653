/** Signals that end a command: the first one gently, the second one at once. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What can be ended. */
export interface Endable {
  close(): void
  terminate(): void
}

/** Ends a command on signals. */
export class Signals {
  readonly #command: Endable
  /** The first signal that came. */
  received: NodeJS.Signals | undefined
  readonly #handle = (signal: NodeJS.Signals) => this.interrupt(signal)

  constructor(command: Endable) {
    this.#command = command
    for (const signal of SIGNALS) process.on(signal, this.#handle)
  }

  /** Closes on the first call, terminates on the next. */
  interrupt(signal: NodeJS.Signals): void {
    const isFirst = this.received === undefined
    this.received ??= signal
    if (isFirst) this.#command.close()
    else this.#command.terminate()
  }

  /** Gives signals their usual effect again. */
  stop(): void {
    for (const signal of SIGNALS) process.off(signal, this.#handle)
  }
}
