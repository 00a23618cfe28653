/** One connection of a benchmark: sends messages and takes their echoes. */

import { CallbackConnection } from '../../connection/callback.js'
import { CLOSED } from '../../connection/close.js'
import type { Consumer } from '../../connection/consumer.js'
import { open } from '../../connection/open.js'
import type { Message } from '../../native/payload.js'
import { now } from '../../node/timers.js'
import { toSettings } from '../../options/settings.js'
import type { Target } from '../target.js'

/** What a benchmark is told of its connections. */
export interface ClientEvents {
  /** An echo has come. @param latency in ms */
  handleEcho(client: Client, latency: number): void
  /** A message has come that is no echo. */
  handleStray(client: Client): void
  handleEnd(client: Client, error: Error | undefined): void
}

/** The number of bytes of a message. */
const lengthOf = (data: Message) => (typeof data === 'string' ? Buffer.byteLength(data) : data.length)

/** Entries of the queue that are dropped at once. */
const DROPPED = 1024

/** A connection with messages in flight. */
export class Client implements Consumer {
  readonly #events: ClientEvents
  readonly #payload: Message
  readonly #size: number
  /** When the messages in flight were due, in their order, in ms. */
  readonly #due: number[] = []
  /** Where the first of them is. */
  #first = 0
  #connection: CallbackConnection | undefined
  #resolveClosed = () => {}

  /** @param payload what every message is */
  constructor(events: ClientEvents, payload: Message) {
    this.#events = events
    this.#payload = payload
    this.#size = lengthOf(payload)
  }

  /** Messages in flight. */
  get inFlight(): number {
    return this.#due.length - this.#first
  }

  /** Connects. Returns the time that it took, in ms. */
  async open({ url, options }: Target, signal: AbortSignal): Promise<number> {
    const start = now()
    const settings = toSettings(url, { ...options, signal })
    this.#connection = await open(
      settings,
      (opened, attempt) => new CallbackConnection(opened, settings, attempt, this),
    )
    return now() - start
  }

  /** Sends a message. @param due when it should have been sent, in ms of `now` */
  send(due: number): void {
    this.#due.push(due)
    this.#connection?.send(this.#payload)
  }

  /** Closes. Resolves when the connection has ended. */
  close(): Promise<void> {
    if (this.#connection === undefined || this.#connection.readyState === CLOSED) return Promise.resolve()
    return new Promise((resolve) => {
      this.#resolveClosed = resolve
      this.#connection?.close(1000)
    })
  }

  terminate(): void {
    this.#connection?.terminate()
  }

  handleMessage(data: Message): void {
    const due = this.#due[this.#first]
    if (due === undefined || lengthOf(data) !== this.#size) {
      this.#events.handleStray(this)
      return
    }
    this.#first += 1
    // Drops those that were taken now and then: `shift` would move all others each time.
    if (this.#first >= DROPPED) {
      this.#due.splice(0, this.#first)
      this.#first = 0
    }
    this.#events.handleEcho(this, now() - due)
  }

  handlePing(): void {}

  handlePong(): void {}

  handleCloseFrame(): void {}

  handleViolation(): void {}

  handleClose(): void {
    const connection = this.#connection as CallbackConnection
    this.#resolveClosed()
    this.#events.handleEnd(this, connection.endedNormally ? undefined : connection.endError())
  }
}
