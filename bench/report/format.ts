/** Numbers and names as the report prints them. */

import type { Cell, Workload } from '../clients/job.js'
import type { Estimate } from './statistics.js'

/** Three significant digits, without exponents. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const rounded = Number(value.toPrecision(3))
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded) || 1)))
  return rounded.toFixed(Math.min(digits, 3))
}

/** A value with its interval. */
export function withInterval({ value, low, high }: Estimate): string {
  return `${figure(value)} (${figure(low)}–${figure(high)})`
}

export function sizeName(size: number): string {
  if (size >= 1024 * 1024) return `${size / 1024 / 1024} MiB`
  return size >= 1024 ? `${size / 1024} KiB` : `${size} B`
}

const WORKLOADS: Record<Workload, string> = {
  requestResponse: 'Request-response: one message under way',
  pipelined: 'Pipelined: 100 messages under way all the time',
  burst: 'Pipelined: a burst sent at once (1000 messages; 200 of 64 KiB, 20 of 1 MiB)',
  source: 'Receiving only',
  sink: 'Sending only',
  oneWay: 'One message under way, with the times of the server',
  connect: 'Opening and closing',
  idle: 'Opening and leaving alone',
  loop: '100 messages under way all the time',
  loopSingle: 'One message under way all the time',
  slow: 'One message under way, answered after 5 ms',
  sparse: 'A message every 100 ms, answered at once',
  silent: 'An open connection, half a second without a message',
}

export function workloadName({ workload, connections }: Cell): string {
  if (connections === 100 && workload === 'requestResponse') return 'One message under way on each connection'
  if (connections === 100 && workload === 'pipelined') return 'Ten messages under way on each connection'
  return WORKLOADS[workload]
}
