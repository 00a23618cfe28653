/** The connection of a command: opens it, opens it again if that is wanted, and passes on its events in their order. */

import { CallbackConnection } from '../connection/callback.js'
import { OPEN } from '../connection/close.js'
import type { Consumer } from '../connection/consumer.js'
import type { Closed } from '../connection/end.js'
import { open } from '../connection/open.js'
import { endToJudge, isMistake, RetryPolicy } from '../connection/retry.js'
import { TimeoutError } from '../errors/classes.js'
import type { Data, Message } from '../native/payload.js'
import { clearTimeout, now, setTimeout, startSpan, type Timer } from '../node/timers.js'
import { toSettings } from '../options/settings.js'
import { Heartbeat } from './heartbeat.js'
import type { Target } from './target.js'

/** Takes the events of a session. */
export interface SessionEvents {
  /** @param duration time that connecting took, in ms */
  handleOpen(connection: CallbackConnection, duration: number): void
  handleMessage(data: Message): void
  /** The server has sent a ping, which is answered. */
  handlePing?(payload: Buffer): void
  /** The server has sent a pong that answers no ping of this session. */
  handlePong?(payload: Buffer): void
  /** A connection has ended. */
  handleEnd?(end: Closed): void
  /** The next attempt follows after a delay. @param delay in ms */
  handleRetry?(error: unknown, attempt: number, delay: number): void
}

/** When the session pings by itself: never, after a while, or also as soon as the connection is open. */
export type Beats = 'never' | 'later' | 'now'

/** A connection, or one after the other. */
export class Session {
  readonly #target: Target
  readonly #events: SessionEvents
  readonly #beats: Beats
  readonly #policy = new RetryPolicy({})
  readonly #heartbeat = new Heartbeat(
    (payload) => this.#connection?.ping(payload),
    () => this.#expire(),
  )
  /** Aborts connecting. */
  readonly #abort = new AbortController()
  #connection: CallbackConnection | undefined
  #resolveEnd: (end: Closed) => void = () => {}
  /** Sends that wait for a connection. */
  #waiting: (() => void)[] = []
  /** Whether this side has ended the session. */
  #isStopping = false
  #isPaused = false
  #expired: Error | undefined
  #openedAt = 0
  #retryTimer: Timer | undefined
  #endDelay = () => {}

  constructor(target: Target, events: SessionEvents, beats: Beats = 'later') {
    this.#target = target
    this.#events = events
    this.#beats = beats
  }

  /** Whether messages can be sent now. */
  get isOpen(): boolean {
    return this.#connection?.readyState === OPEN && !this.#isStopping
  }

  /** The open connection, or the last one. */
  get connection(): CallbackConnection | undefined {
    return this.#connection
  }

  /** The round trip of the last ping that was answered, in ms. */
  get latency(): number | undefined {
    return this.#heartbeat.latency
  }

  /** Time since the connection was opened, in ms. */
  get age(): number {
    return now() - this.#openedAt
  }

  /**
   * Opens the connection and waits until it has ended and is not opened again.
   *
   * @throws The error of connecting, unless it is tried again; AbortError after `terminate`.
   */
  async run(): Promise<Closed> {
    try {
      for (let failures = 0; ; ) {
        const hasLasted = startSpan(this.#policy.stableAfter)
        const { end, error } = await this.#runOnce()
        failures = end !== undefined && hasLasted() ? 0 : failures + 1
        if (!this.#retries(error)) {
          if (end === undefined) throw error
          return end
        }
        await this.#delay(error, failures)
      }
    } finally {
      this.#isStopping = true
      this.#release()
    }
  }

  /**
   * Sends a message. Waits for a connection, and while much is unsent; sends it again if a connection has ended with the
   * message unsent. Returns whether it was accepted: not if the session ends meanwhile.
   */
  async send(data: Data): Promise<boolean> {
    for (;;) {
      while (!this.isOpen) {
        if (this.#isStopping) return false
        await new Promise<void>((resolve) => this.#waiting.push(resolve))
      }
      const connection = this.#connection as CallbackConnection
      if (connection.bufferedAmount < connection.highWaterMark) {
        connection.send(data)
        return true
      }
      const error = await new Promise<Error | undefined>((resolve) => connection.send(data, resolve))
      if (!error) return true
    }
  }

  /**
   * Pings the server.
   *
   * @param size bytes of the ping, 8 to 125
   * @param timeout in ms
   * @returns the round trip in ms, or `undefined` if no pong came in time
   */
  ping(size: number, timeout: number): Promise<number | undefined> {
    return this.isOpen ? this.#heartbeat.ping(size, timeout) : Promise.resolve(undefined)
  }

  /** Stops reading, when what was read cannot be written. */
  pause(): void {
    this.#isPaused = true
    this.#heartbeat.stop()
    this.#connection?.pause()
  }

  /** Goes on reading. */
  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (this.isOpen) this.#beat()
    this.#connection?.resume()
  }

  /** Ends the session with the closing handshake; at once if no connection is open. */
  close(code = 1000, reason = ''): void {
    this.#isStopping = true
    this.#release()
    this.resume()
    if (this.#connection?.readyState === OPEN) this.#connection.close(code, reason)
    else this.#cancel()
  }

  /** Ends the session at once. */
  terminate(): void {
    this.#isStopping = true
    this.#cancel()
    this.#connection?.terminate()
  }

  #beat(): void {
    if (this.#beats !== 'never') this.#heartbeat.start(this.#beats === 'now')
  }

  /** Ends connecting and delays. */
  #cancel(): void {
    this.#abort.abort()
    this.#endDelay()
  }

  /** Lets sends go on that wait for a connection. */
  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  async #runOnce(): Promise<{ end?: Closed; error: unknown }> {
    try {
      const end = await this.#open()
      return { end, error: endToJudge(end) }
    } catch (error) {
      return { error }
    }
  }

  /** Opens one connection and waits for its end. */
  async #open(): Promise<Closed> {
    const start = now()
    const settings = toSettings(this.#target.url, { ...this.#target.options, signal: this.#abort.signal })
    const ended = new Promise<Closed>((resolve) => {
      this.#resolveEnd = resolve
    })
    this.#connection = await open(
      settings,
      (opened, attempt) => new CallbackConnection(opened, settings, attempt, this.#consumer, { pings: true }),
    )
    this.#openedAt = now()
    if (this.#isStopping) this.#connection.close()
    if (this.#isPaused) this.#connection.pause()
    else this.#beat()
    this.#events.handleOpen(this.#connection, this.#openedAt - start)
    this.#release()
    return ended
  }

  readonly #consumer: Consumer = {
    handleMessage: (data) => this.#events.handleMessage(data),
    handlePing: (payload) => this.#events.handlePing?.(payload),
    handlePong: (payload) => {
      if (!this.#heartbeat.handlePong(payload)) this.#events.handlePong?.(payload)
    },
    handleCloseFrame: () => {},
    handleViolation: () => {},
    handleClose: () => this.#handleClose(),
  }

  #handleClose(): void {
    const { closeCode = 1006, closeReason, wasClean, endedNormally } = this.#connection as CallbackConnection
    const error = this.#expired ?? (endedNormally ? undefined : this.#connection?.endError())
    const end: Closed = { code: closeCode, reason: closeReason, wasClean, ...(error && { error }) }
    this.#heartbeat.stop()
    this.#expired = undefined
    this.#events.handleEnd?.(end)
    this.#resolveEnd(end)
  }

  /** Ends a connection on which no pong has come. */
  #expire(): void {
    this.#expired = new TimeoutError('ERR_WS_PING_TIMEOUT', 'open', 'the server does not answer pings')
    this.#connection?.terminate()
  }

  #retries(error: unknown): boolean {
    if (!this.#target.reconnects || this.#isStopping || isMistake(error)) return false
    const reason = { error, closeCode: undefined, closeReason: undefined, attempt: 1, delay: 0 }
    return this.#policy.shouldReconnect(reason) as boolean
  }

  async #delay(error: unknown, failures: number): Promise<void> {
    const delay = this.#policy.delay(failures, error)
    this.#events.handleRetry?.(error, Math.max(failures, 1), delay)
    await new Promise<void>((resolve) => {
      this.#endDelay = resolve
      this.#retryTimer = setTimeout(resolve, delay)
    })
    clearTimeout(this.#retryTimer)
  }
}
