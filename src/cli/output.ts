/** Standard output: back-pressure, and readers that have gone, as in `| head -1`. */

/** Writes to a stream that may be a pipe. */
export class Output {
  readonly #stream: NodeJS.WriteStream
  #hasGone = false
  /** Called when the reader has gone. */
  onGone: () => void = () => {}
  /** Called when writing has to wait, and when it may go on. */
  onBlocked: () => void = () => {}
  onDrained: () => void = () => {}
  #error: NodeJS.ErrnoException | undefined

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    stream.on('error', (error: NodeJS.ErrnoException) => this.#fail(error))
    stream.on('drain', () => this.onDrained())
  }

  /** Whether it is a terminal. */
  get isTerminal(): boolean {
    return this.#stream.isTTY === true
  }

  /** The stream, for its colours and its width. */
  get stream(): NodeJS.WriteStream {
    return this.#stream
  }

  /** Why nothing can be written, unless the reader has gone. */
  get error(): Error | undefined {
    return this.#error
  }

  /** Writes text or bytes. Does nothing if the reader has gone. */
  write(data: string | Uint8Array): void {
    if (!this.#hasGone && !this.#stream.write(data)) this.onBlocked()
  }

  /** Waits until everything is written. */
  flush(): Promise<void> {
    if (this.#hasGone) return Promise.resolve()
    return new Promise((resolve) => this.#stream.write('', () => resolve()))
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (this.#hasGone) return
    this.#hasGone = true
    if (error.code !== 'EPIPE') this.#error = error
    this.onDrained()
    this.onGone()
  }
}

/** The outputs of a command. */
export interface Outputs {
  output: Output
  /** Prints a line to standard error. */
  log: (line: string) => void
}
