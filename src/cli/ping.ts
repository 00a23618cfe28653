/** `websocket-rs ping`: round trips of pings (RFC 6455 section 5.5.2), as the program ping reports them. */

import type { CallbackConnection } from '../connection/callback.js'
import { AbortError } from '../errors/classes.js'
import { withoutCredentials } from '../native/url.js'
import { clearTimeout, now, setTimeout, type Timer } from '../node/timers.js'
import type { Command } from './arguments.js'
import { type ExitCode, exitCodeOfSignal } from './exit-codes.js'
import { CommandError } from './mistakes.js'
import type { Outputs } from './output.js'
import { Session, type SessionEvents } from './session.js'
import { Signals } from './signals.js'
import { type Target, toTarget, toTimeout } from './target.js'
import { counted, formatTime, toCount, toDuration, toSize } from './values.js'
import { describeEnd } from './view.js'

/** Bounds of the bytes of a ping (RFC 6455 section 5.5). Below 8, there is no room for its number. */
const [LEAST_SIZE, MOST_SIZE] = [8, 125]

interface PingOptions {
  count: number
  /** In ms, as all times. */
  interval: number
  timeout: number
  size: number
  isJSON: boolean
}

function toOptions(command: Command): PingOptions {
  const count = command.value('count')
  const size = toSize(command.value('size') ?? `${LEAST_SIZE}`, '--size')
  return {
    count: count === undefined ? Number.POSITIVE_INFINITY : toCount(count, '--count'),
    interval: toDuration(command.value('interval') ?? '1s', '--interval'),
    timeout: toTimeout(command, 5000),
    size: toCount(`${size}`, '--size', LEAST_SIZE, MOST_SIZE),
    isJSON: command.has('json'),
  }
}

/** What was measured. */
interface Summary {
  sent: number
  received: number
  /** Share of pings without a pong, 0 to 1. */
  loss: number
  /** In ms, as all below; `null` without a pong. */
  min: number | null
  avg: number | null
  max: number | null
  /** Standard deviation. */
  deviation: number | null
}

function summarize(sent: number, trips: number[]): Summary {
  const received = trips.length
  const loss = sent === 0 ? 0 : 1 - received / sent
  if (received === 0) return { sent, received, loss, min: null, avg: null, max: null, deviation: null }
  const avg = trips.reduce((sum, trip) => sum + trip, 0) / received
  const variance = trips.reduce((sum, trip) => sum + (trip - avg) ** 2, 0) / received
  const [min, max] = trips.reduce(
    ([low, high], trip) => [Math.min(low, trip), Math.max(high, trip)],
    [trips[0] ?? 0, 0],
  )
  return { sent, received, loss, min, avg, max, deviation: Math.sqrt(variance) }
}

function describe({ sent, received, loss, min, avg, max, deviation }: Summary, url: string): string {
  const counts = `${counted(sent, 'ping')}, ${counted(received, 'pong')}, ${(loss * 100).toFixed(Number.isInteger(loss * 100) ? 0 : 1)}% lost`
  const lines = ['', `--- ${url}`, counts]
  if (min !== null) {
    const times = [min, avg, max, deviation].map((time) => formatTime(time as number)).join(' / ')
    lines.push(`min / avg / max / deviation: ${times}`)
  }
  return lines.join('\n')
}

/** Pings a server until it has been pinged often enough, or the connection ends. */
class Pinger {
  readonly #options: PingOptions
  readonly #print: (line: string) => void
  readonly #session: Session
  readonly signals: Signals
  readonly trips: number[] = []
  sent = 0
  hasOpened = false
  #isOver = false
  #timer: Timer | undefined
  #wake = () => {}

  constructor(target: Target, options: PingOptions, print: (line: string) => void) {
    this.#options = options
    this.#print = print
    const events: SessionEvents = {
      handleOpen: (connection, duration) => void this.#ping(connection, duration),
      handleMessage: () => {},
    }
    this.#session = new Session(target, events, 'never')
    this.signals = new Signals(this)
  }

  /** Runs until the end. @throws The error of the connection. */
  async run(): Promise<void> {
    try {
      const end = await this.#session.run()
      if (!this.#isOver)
        throw end.wasClean ? new CommandError(`the server ${describeEnd(end)}`, 6) : end.error
    } catch (error) {
      if (!(error instanceof AbortError)) throw error
    } finally {
      this.#end()
      this.signals.stop()
    }
  }

  close(): void {
    this.#end()
    this.#session.close()
  }

  terminate(): void {
    this.#end()
    this.#session.terminate()
  }

  #end(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#wake()
  }

  async #ping(
    { remoteAddress: { address, port }, url }: CallbackConnection,
    duration: number,
  ): Promise<void> {
    const { count, interval, timeout, size, isJSON } = this.#options
    this.hasOpened = true
    const peer = address === '' ? 'the socket' : `${address}:${port}`
    const shown = withoutCredentials(url)
    if (!isJSON) this.#print(`PING ${shown} (${peer}), ${size} bytes, connected in ${formatTime(duration)}`)
    for (let number = 1; number <= count && !this.#isOver; number += 1) {
      const start = now()
      this.sent += 1
      const trip = await this.#session.ping(size, timeout)
      // Interrupted, or the connection has ended: neither is a lost ping.
      if (trip === undefined && !this.#session.isOpen) this.sent -= 1
      else this.#report(number, trip, peer)
      if (number < count) await this.#wait(start + interval - now())
    }
    if (this.#session.isOpen) this.close()
  }

  #report(number: number, trip: number | undefined, peer: string): void {
    if (trip !== undefined) this.trips.push(trip)
    if (this.#options.isJSON) this.#print(JSON.stringify({ seq: number, time: trip ?? null }))
    else if (trip === undefined) this.#print(`no pong: seq=${number}`)
    else this.#print(`pong from ${peer}: seq=${number} time=${formatTime(trip)}`)
  }

  #wait(delay: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
      if (this.#isOver || !this.#session.isOpen) resolve()
      else if (Number.isFinite(delay)) this.#timer = setTimeout(resolve, Math.max(delay, 0))
    })
  }
}

/** Runs `ping`. Returns the exit code: 8 if no pong came. */
export async function runPing(command: Command, { output }: Outputs): Promise<ExitCode> {
  const target = toTarget(command, command.operands[0] as string)
  const options = toOptions(command)
  const pinger = new Pinger(target, options, (line) => output.write(`${line}\n`))
  output.onGone = () => pinger.close()
  let failure: unknown
  try {
    await pinger.run()
  } catch (error) {
    if (!pinger.hasOpened) throw error
    failure = error
  }
  const summary = summarize(pinger.sent, pinger.trips)
  output.write(
    `${options.isJSON ? JSON.stringify(summary) : describe(summary, withoutCredentials(target.url))}\n`,
  )
  if (failure !== undefined) throw failure
  const { received } = pinger.signals
  if (received !== undefined && received !== 'SIGINT') return exitCodeOfSignal(received)
  return summary.received > 0 ? 0 : 8
}
