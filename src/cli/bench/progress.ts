/** The progress of a benchmark: a bar that is drawn again several times a second. */

import { clearInterval, setInterval, type Timer } from '../../node/timers.js'
import type { Style } from '../style.js'
import { formatCount, formatTime } from '../values.js'
import type { Load, LoadOptions } from './load.js'

/** Time between two drawings, in ms. */
const INTERVAL = 200
/** Length of the bar, in characters. */
const BAR = 24
/** Begins the line again and erases it. */
const ERASE = '\r\x1b[2K'

/** Returns the part that is done, 0 to 1. */
function shareOf(load: Load, { duration, count }: LoadOptions): number {
  const share = Number.isFinite(count) ? load.echoes / count : load.elapsed / duration
  return Math.min(share, 1)
}

/** Draws the progress of a load on a terminal. */
export class Progress {
  readonly #load: Load
  readonly #options: LoadOptions
  readonly #output: NodeJS.WriteStream
  readonly #style: Style
  readonly #timer: Timer | undefined
  /** Echoes and time at the last drawing. */
  #last = { echoes: 0, elapsed: 0 }

  constructor(load: Load, options: LoadOptions, output: NodeJS.WriteStream, style: Style) {
    this.#load = load
    this.#options = options
    this.#output = output
    this.#style = style
    if (output.isTTY) this.#timer = setInterval(() => this.#draw(), INTERVAL)
  }

  /** Erases the bar. */
  stop(): void {
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    this.#output.write(ERASE)
  }

  #draw(): void {
    const line = this.#load.elapsed === 0 ? this.#connecting() : this.#sending()
    this.#output.write(`${ERASE}${line.slice(0, Math.max((this.#output.columns ?? 80) - 1, 0))}`)
  }

  #connecting(): string {
    const { openings } = this.#load
    return `connecting: ${formatCount(openings.count)} of ${formatCount(this.#options.connections)}`
  }

  #sending(): string {
    const { echoes, elapsed, latencies } = this.#load
    const rate = ((echoes - this.#last.echoes) / Math.max(elapsed - this.#last.elapsed, 1)) * 1000
    this.#last = { echoes, elapsed }
    const done = Math.round(shareOf(this.#load, this.#options) * BAR)
    const bar = '█'.repeat(done) + '░'.repeat(BAR - done)
    const time = `${(elapsed / 1000).toFixed(1)} s`
    const p99 = latencies.count === 0 ? '' : `, p99 ${formatTime(latencies.percentile(99))}`
    return `${this.#style('bar', bar)} ${time}  ${formatCount(rate)} messages/s${p99}`
  }
}
