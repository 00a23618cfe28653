/** The load of a benchmark: connections, each with a window of messages in flight, as fast as echoes come or at a rate. */

import type { Message } from '../../native/payload.js'
import { clearInterval, clearTimeout, now, setInterval, setTimeout, type Timer } from '../../node/timers.js'
import { CommandError } from '../mistakes.js'
import type { Target } from '../target.js'
import { Client, type ClientEvents } from './client.js'
import { Latencies } from './latencies.js'

/** What to do. Times are in ms. */
export interface LoadOptions {
  connections: number
  window: number
  /** Bytes of a message. */
  size: number
  isBinary: boolean
  /** Messages per second of all connections; `Infinity` for as many as echoes allow. */
  rate: number
  duration: number
  /** Messages of all connections. */
  count: number
}

/** Connections that are opened at the same time. */
const OPENING = 64
/** Time between two looks at what is due, in ms. */
const TICK = 1
/** Time that the first echo may take, and echoes after the end, in ms. */
const PATIENCE = 5000
/** Time for the closing handshakes, in ms. */
const FAREWELL = 1000

function toPayload({ size, isBinary }: LoadOptions): Message {
  return isBinary ? Buffer.alloc(size, 'x') : 'x'.repeat(size)
}

/** Loads a server. */
export class Load implements ClientEvents {
  readonly #options: LoadOptions
  readonly #clients: Client[]
  readonly #abort = new AbortController()
  readonly latencies = new Latencies()
  /** Time to connect, of each connection. */
  readonly openings = new Latencies()
  sent = 0
  echoes = 0
  /** Messages that were no echoes. */
  strays = 0
  /** When sending began and ended, in ms of `now`. */
  startedAt = 0
  #endedAt: number | undefined
  #error: Error | undefined
  #isOver = false
  #resolve = () => {}
  #timers: (Timer | undefined)[] = []
  #ticker: Timer | undefined
  /** Messages that were due so far, and the client that gets the next one. */
  #dueCount = 0
  #turn = 0

  constructor(options: LoadOptions) {
    this.#options = options
    const payload = toPayload(options)
    this.#clients = Array.from({ length: options.connections }, () => new Client(this, payload))
  }

  /** Time of sending so far, in ms. */
  get elapsed(): number {
    return this.startedAt === 0 ? 0 : (this.#endedAt ?? now()) - this.startedAt
  }

  /** Opens the connections, sends for the duration, and closes them. @throws The first error of a connection. */
  async run(target: Target): Promise<void> {
    try {
      await this.#open(target)
      if (!this.#isOver) await this.#send()
    } finally {
      this.#isOver = true
      await this.#closeAll()
    }
    if (this.#error !== undefined) throw this.#error
  }

  /** Ends early, with what was measured so far. */
  close(): void {
    this.#abort.abort()
    this.#finish()
  }

  /** Ends at once. */
  terminate(): void {
    this.close()
    for (const client of this.#clients) client.terminate()
  }

  handleEcho(client: Client, latency: number): void {
    if (this.#isOver) return
    this.echoes += 1
    this.latencies.add(latency)
    if (this.#endedAt !== undefined || this.sent >= this.#options.count) this.#finishIfEmpty()
    else if (this.#options.rate === Number.POSITIVE_INFINITY) this.#sendBy(client, now())
    else this.#sendDue()
  }

  handleStray(_client: Client): void {
    this.strays += 1
  }

  handleEnd(_client: Client, error: Error | undefined): void {
    if (this.#isOver) return
    this.#error ??= error ?? new CommandError('the server closed a connection', 6)
    this.#finish()
  }

  /** Closes all connections, and ends those that do not answer soon. */
  async #closeAll(): Promise<void> {
    const timer = setTimeout(() => this.terminate(), FAREWELL)
    await Promise.all(this.#clients.map((client) => client.close()))
    clearTimeout(timer)
  }

  async #open(target: Target): Promise<void> {
    const waiting = [...this.#clients]
    const openNext = async () => {
      for (let client = waiting.pop(); client !== undefined && !this.#isOver; client = waiting.pop()) {
        this.openings.add(await client.open(target, this.#abort.signal))
      }
    }
    try {
      await Promise.all(Array.from({ length: Math.min(OPENING, waiting.length) }, openNext))
    } catch (error) {
      // Those that are connecting stop, too.
      this.#abort.abort()
      if (!this.#isOver) throw error
    }
  }

  /** Sends until the end. */
  #send(): Promise<void> {
    this.startedAt = now()
    const { duration, rate } = this.#options
    const end = Number.isFinite(duration) ? setTimeout(() => this.#stopSending(), duration) : undefined
    this.#timers = [end, setTimeout(() => this.#checkEchoes(), PATIENCE)]
    return new Promise((resolve) => {
      this.#resolve = resolve
      if (Number.isFinite(rate)) this.#ticker = setInterval(() => this.#sendDue(), TICK)
      else this.#fillWindows()
    })
  }

  #fillWindows(): void {
    const start = now()
    for (let at = 0; at < this.#options.window; at += 1) {
      for (const client of this.#clients) this.#sendBy(client, start)
    }
  }

  #sendBy(client: Client, due: number): void {
    if (this.sent >= this.#options.count) return
    this.sent += 1
    client.send(due)
  }

  /**
   * Sends what is due and has room in a window. A message that has to wait for room is measured from when it was due: a
   * slow server does not hide its slowness by being asked less.
   */
  #sendDue(): void {
    const { rate } = this.#options
    const due = Math.min(Math.floor((this.elapsed / 1000) * rate) + 1, this.#options.count)
    while (this.#dueCount < due && this.#endedAt === undefined) {
      const client = this.#nextFree()
      if (client === undefined) return
      this.#sendBy(client, this.startedAt + (this.#dueCount / rate) * 1000)
      this.#dueCount += 1
    }
  }

  /** Returns the next client, in turn, that has room in its window. */
  #nextFree(): Client | undefined {
    for (let tried = 0; tried < this.#clients.length; tried += 1) {
      const client = this.#clients[this.#turn % this.#clients.length] as Client
      this.#turn += 1
      if (client.inFlight < this.#options.window) return client
    }
    return undefined
  }

  /** Ends if nothing has come back so far: the server does not echo. */
  #checkEchoes(): void {
    if (this.echoes > 0) return
    this.#error = new CommandError(
      `no echo came within ${PATIENCE / 1000} s`,
      8,
      'The server has to send every message back, as it is.',
    )
    this.#finish()
  }

  /** Waits for the echoes of what is in flight. */
  #stopSending(): void {
    this.#endedAt ??= now()
    this.#timers.push(setTimeout(() => this.#finish(), PATIENCE))
    this.#finishIfEmpty()
  }

  #finishIfEmpty(): void {
    if (this.#clients.every(({ inFlight }) => inFlight === 0)) this.#finish()
  }

  #finish(): void {
    this.#endedAt ??= now()
    this.#isOver = true
    clearInterval(this.#ticker)
    for (const timer of this.#timers) clearTimeout(timer)
    this.#resolve()
  }
}
