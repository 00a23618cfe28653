/** `websocket-rs bench`: loads a server that echoes and reports rates and latencies. */

import { withoutCredentials } from '../native/url.js'
import type { Command } from './arguments.js'
import { drawLatencies, type LatencySummary } from './bench/latencies.js'
import { Load, type LoadOptions } from './bench/load.js'
import { Progress } from './bench/progress.js'
import { type ExitCode, exitCodeOfSignal } from './exit-codes.js'
import { misuse } from './mistakes.js'
import type { Outputs } from './output.js'
import { Signals } from './signals.js'
import { type Style, styleOf } from './style.js'
import { toTarget } from './target.js'
import {
  counted,
  formatCount,
  formatSize,
  formatTime,
  toCount,
  toDuration,
  toPositive,
  toSize,
} from './values.js'

/** Most connections, and messages in flight on each. */
const MOST_CONNECTIONS = 65_536
const MOST_WINDOW = 1_048_576
/** Largest message: 512 MiB less 64 bytes, the largest that is received. */
const MOST_SIZE = 512 * 1024 * 1024 - 64

function toOptions(command: Command): LoadOptions {
  const [rate, count, duration] = [command.value('rate'), command.value('count'), command.value('duration')]
  const size = toSize(command.value('size') ?? '64', '--size')
  if (size > MOST_SIZE) throw misuse(`--size may be at most ${formatSize(MOST_SIZE)}`)
  const options = {
    connections: toCount(command.value('connections') ?? '1', '--connections', 1, MOST_CONNECTIONS),
    window: toCount(command.value('window') ?? '1', '--window', 1, MOST_WINDOW),
    size,
    isBinary: command.has('binary'),
    rate: rate === undefined ? Number.POSITIVE_INFINITY : toPositive(rate, '--rate'),
    count: count === undefined ? Number.POSITIVE_INFINITY : toCount(count, '--count'),
    duration: toDuration(duration ?? (count === undefined ? '10s' : 'forever'), '--duration'),
  }
  if (options.duration === 0) throw misuse('--duration has to be above 0')
  return options
}

/** The results, as `--json` prints them. Times are in ms. */
interface Results {
  url: string
  connections: number
  window: number
  size: number
  kind: 'text' | 'binary'
  /** Messages per second that were asked for; `null` for as many as echoes allow. */
  rate: number | null
  duration: number
  sent: number
  received: number
  /** Messages that were no echoes. */
  strays: number
  messagesPerSecond: number
  bytesPerSecond: number
  connect: LatencySummary | null
  latency: LatencySummary | null
}

function toResults(
  url: string,
  load: Load,
  { connections, window, size, isBinary, rate }: LoadOptions,
): Results {
  const { elapsed: duration, sent, echoes: received, strays } = load
  const perSecond = duration === 0 ? 0 : (received / duration) * 1000
  return {
    ...{ url: withoutCredentials(url), connections, window, size, kind: isBinary ? 'binary' : 'text' },
    rate: Number.isFinite(rate) ? rate : null,
    ...{ duration, sent, received, strays, messagesPerSecond: perSecond, bytesPerSecond: perSecond * size },
    connect: load.openings.summary(),
    latency: load.latencies.summary(),
  }
}

function describe(results: Results, style: Style): string {
  const { connections, window, size, kind, rate, duration, sent, received, strays, connect, latency } =
    results
  const pace = rate === null ? '' : `, ${formatCount(rate)} messages/s asked for`
  const lines = [
    `${results.url}: ${counted(connections, 'connection')}, window ${window}, ${kind} of ${formatSize(size)}${pace}`,
    `${formatCount(received)} of ${counted(sent, 'message')} echoed in ${formatTime(duration)}`,
    `${style('prompt', `${formatCount(results.messagesPerSecond)} messages/s`)}, ${formatSize(results.bytesPerSecond)}/s each way`,
  ]
  if (strays > 0) lines.push(style('error', `${counted(strays, 'message')} came that were no echoes`))
  if (connect !== null)
    lines.push(`connect: mean ${formatTime(connect.mean)}, max ${formatTime(connect.max)}`)
  if (latency !== null) lines.push(...drawLatencies(latency, style))
  return lines.join('\n')
}

/** Runs `bench`. */
export async function runBench(command: Command, { output }: Outputs): Promise<ExitCode> {
  const target = toTarget(command, command.operands[0] as string)
  const options = toOptions(command)
  const load = new Load(options)
  const signals = new Signals(load)
  const progress = new Progress(load, options, process.stderr, styleOf(process.stderr))
  let failure: unknown
  try {
    await load.run(target)
  } catch (error) {
    if (load.echoes === 0) throw error
    failure = error
  } finally {
    progress.stop()
    signals.stop()
  }
  const results = toResults(target.url, load, options)
  const text = command.has('json') ? JSON.stringify(results) : describe(results, styleOf(output.stream))
  output.write(`${text}\n`)
  if (failure !== undefined) throw failure
  return signals.received === undefined ? 0 : exitCodeOfSignal(signals.received)
}
