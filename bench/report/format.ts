/** Formats numbers, sizes and names for the reports. */

import type { Cell, Workload } from '../clients/job.js'
import type { Estimate } from './statistics.js'

/** Formats a number with three significant digits and no exponent. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const rounded = Number(value.toPrecision(3))
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded) || 1)))
  return rounded.toFixed(Math.min(digits, 3))
}

/** Formats a value with its interval. */
export function withInterval({ value, low, high }: Estimate): string {
  return `${figure(value)} (${figure(low)}–${figure(high)})`
}

export function sizeName(size: number): string {
  if (size >= 1024 * 1024) return `${size / 1024 / 1024} MiB`
  return size >= 1024 ? `${size / 1024} KiB` : `${size} B`
}

const WORKLOADS: Record<Workload, string> = {
  requestResponse: 'Request-response: one message in flight',
  pipelined: 'Pipelined: 100 messages in flight',
  burst: 'Burst: all messages sent at once (1000; 200 of 64 KiB, 20 of 1 MiB)',
  source: 'Receiving only',
  sink: 'Sending only',
  oneWay: 'One message in flight, with the timestamps of the server',
  connect: 'Opening and closing',
  idle: 'Opening, then idle',
  active: 'Opening, then 100 messages each way on each connection',
  loop: '100 messages in flight',
  loopSingle: 'One message in flight',
  loopWork: 'Receiving JSON and parsing each message',
  slow: 'One message in flight, answered after 5 ms',
  sparse: 'One message every 100 ms, answered at once',
  silent: 'Half a second without a message',
  process1: 'A process that sends and receives one message',
  process100: 'A process that sends and receives 100 messages, one at a time',
  process10000: 'A process that sends and receives 10 000 messages, one at a time',
}

/** Names of compressed cells, which differ in their numbers of messages. */
const COMPRESSED: Partial<Record<Workload, string>> = {
  pipelined: 'Pipelined: 100 messages in flight (50 of 64 KiB, 4 of 1 MiB)',
  idle: 'Opening, then one message each way',
}

export function workloadName({
  workload,
  connections,
  kind,
}: Pick<Cell, 'workload' | 'connections' | 'kind'>): string {
  if (connections === 100 && workload === 'loopSingle')
    return 'One message in flight on each of 100 connections'
  if (connections === 1000) return 'One message in flight on each of 1000 connections'
  if (connections === 100 && workload === 'requestResponse') return 'One message in flight on each connection'
  if (connections === 100 && workload === 'pipelined') return 'Ten messages in flight on each connection'
  return (kind === 'json' ? COMPRESSED[workload] : undefined) ?? WORKLOADS[workload]
}
