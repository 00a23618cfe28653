/** Runs a cell with an adapter and measures it. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Adapter, type Client, type Echoes, type Endpoint, lengthOf, type Payload } from './adapter.js'
import { EventLoopProbe } from './event-loop-probe.js'
import { measureIdle } from './idle-connections.js'
import type { Cell, Entry, Job } from './job.js'
import { inFlightOf, messagesOf } from './passes.js'
import { OneWayProbe, type Probe, RoundTripProbe } from './probes.js'

/** Bytes of the timestamps that the peer's `/timestamp` puts before an echo. */
const STAMPS = 16

const PATHS: Partial<Record<Cell['workload'], string>> = {
  sink: '/sink',
  oneWay: '/timestamp',
  slow: '/slow?delay=5',
}

/** Makes the peer accept permessage-deflate, and return compressed messages as they are. */
const COMPRESSED = '/?deflate=1'
/** Makes the peer compress every echo itself, also for a client that does not compress what it sends. */
const RECODED = '/?deflate=1&recode=1'

/** Time between two messages of `sparse`, and duration of a pass of `silent`, in ms. */
const SPARSE = 100
const SILENT = 500

/** Workloads that need Node's event loop. */
const NEEDS_LOOP: readonly Cell['workload'][] = ['loop', 'loopSingle', 'loopWork', 'sparse', 'silent']

/** Workloads that measure the memory of open connections. */
const HOLDS: readonly Cell['workload'][] = ['idle', 'active']

/** Workloads that measure the delay of Node's event loop. */
const PROBES_LOOP: readonly Cell['workload'][] = ['loop', 'loopSingle', 'loopWork']

/** Whether the cell is only run for the just-in-time compiler, without being timed. */
function isWarmUp({ milliseconds }: Job): boolean {
  return milliseconds === 0
}

const WARMED_UP: Entry = { messages: 0, wall: 0, cpu: 0, latency: null }

/** Runs a pass and returns its number of messages. */
type Pass = () => Promise<number> | number

function pathOf({ workload, size, kind }: Cell): string {
  if (kind === 'json') return HOLDS.includes(workload) ? RECODED : COMPRESSED
  if (workload === 'source') return `/source?count=0&size=${size}&kind=${kind}`
  if (workload === 'loopWork') return `/source?count=0&size=${size}&kind=json`
  return PATHS[workload] ?? '/'
}

function endpointOf(cell: Cell, job: Job): Endpoint {
  const ca = job.ca === null ? undefined : readFileSync(job.ca)
  const compression = cell.kind === 'json' ? job.compression : 'off'
  return { url: `${job.url}${pathOf(cell)}`, ca, compression, connections: cell.connections }
}

function payloadOf(cell: Cell): Payload {
  return cell.kind === 'text' ? 'x'.repeat(cell.size) : Buffer.alloc(cell.size, 'x')
}

/** Reads the texts of a compressed cell. */
function documentsOf({ size }: Cell, { documents }: Job): readonly string[] {
  if (documents === null) throw new Error('a job with compressed cells needs documents')
  return JSON.parse(readFileSync(join(documents, `${size}.json`), 'utf8')) as string[]
}

function checkFor(bytes: number): (data: unknown) => void {
  return (data) => {
    if (lengthOf(data) !== bytes)
      throw new Error(`received a message of ${lengthOf(data)} bytes, expected ${bytes}`)
  }
}

function checkOneOf(texts: readonly string[]): (data: unknown) => void {
  return (data) => {
    if (!texts.includes(String(data))) throw new Error('received a text that was not sent')
  }
}

/** Returns what is sent and how echoes are checked. */
function contentOf(cell: Cell, job: Job): Pick<Echoes, 'payloads' | 'check'> {
  if (cell.kind === 'json') {
    const texts = documentsOf(cell, job)
    return { payloads: texts, check: checkOneOf(texts) }
  }
  const bytes = cell.size + (cell.workload === 'oneWay' ? STAMPS : 0)
  return { payloads: [payloadOf(cell)], check: checkFor(bytes) }
}

/** Untimed time before the timed passes, in ms, and how many times the time of these it has at most. */
const UNTIMED = 200
const UNTIMED_FACTOR = 4

/** Runs passes without timing them: at least two, as V8 recompiles in the second, and until it has compiled what is hot. */
async function untimed(milliseconds: number, pass: Pass): Promise<void> {
  const start = performance.now()
  const end = start + Math.min(UNTIMED, milliseconds * UNTIMED_FACTOR)
  await pass()
  if (milliseconds === 0) return
  do await pass()
  while (performance.now() < end)
}

/** Runs untimed passes, then whole passes until the time is over. */
async function timed(milliseconds: number, pass: Pass, probe: Probe | undefined): Promise<Entry> {
  await untimed(milliseconds, pass)
  if (milliseconds === 0) return WARMED_UP
  probe?.start()
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  let messages = 0
  let elapsed = 0
  do {
    messages += await pass()
    elapsed = performance.now() - start
  } while (elapsed < milliseconds)
  const cpu = process.cpuUsage(cpuBefore)
  return {
    messages,
    wall: (elapsed * 1000) / messages,
    cpu: (cpu.user + cpu.system) / messages,
    latency: null,
    ...probe?.figures(messages),
  }
}

/** A cell of a job, with the probe that takes further figures. */
interface Task {
  cell: Cell
  job: Job
  probe: Probe | undefined
}

function echoPass(client: Client, { cell, job, probe }: Task, messages: number): Pass {
  const echoes = {
    ...contentOf(cell, job),
    messages,
    inFlight: inFlightOf(cell),
    observer: probe?.observer,
  }
  let before = 0
  return async () => {
    await client.echo({ ...echoes, before })
    before += messages / cell.connections
    return messages
  }
}

/** Sends single messages at an interval. */
function sparsePass(client: Client, task: Task, messages: number): Pass {
  const one = echoPass(client, { ...task, probe: undefined }, 1)
  return async () => {
    for (let sent = 0; sent < messages; sent++) {
      await sleep(SPARSE)
      await one()
    }
    return messages
  }
}

/** Leaves the connection idle for half a second. */
async function silentPass(): Promise<number> {
  await sleep(SILENT)
  return 1
}

function sourcePass(client: Client, cell: Cell, messages: number): Pass | undefined {
  const check = checkFor(cell.size)
  return client.receive && (() => client.receive?.(messages, check) ?? 0)
}

/** Parses each message, and checks that none is missing or out of order. */
function workPass(client: Client, messages: number): Pass | undefined {
  let next: number | undefined
  const handle = (data: unknown) => {
    const { number } = JSON.parse(data as string) as { number: number }
    if (number !== (next ?? number)) throw new Error(`received message ${number}, expected ${next}`)
    next = number + 1
  }
  return client.consume && (() => client.consume?.(messages, handle) ?? 0)
}

/** A pass ends when the server reports that it has received everything. */
function sinkPass(client: Client, cell: Cell, messages: number): Pass | undefined {
  if (client.flood === undefined || client.ask === undefined) return undefined
  const payload = payloadOf(cell)
  let total = 0
  return async () => {
    await client.flood?.(payload, messages)
    total += messages
    const report = JSON.parse((await client.ask?.('report')) ?? '{}') as { messages: number }
    if (report.messages !== total)
      throw new Error(`the sink received ${report.messages} of ${total} messages`)
    return messages
  }
}

function probeFor(adapter: Adapter, cell: Cell): Probe | undefined {
  if (cell.workload === 'oneWay') return new OneWayProbe(adapter.monotonic ?? process.hrtime.bigint)
  if (PROBES_LOOP.includes(cell.workload)) return new EventLoopProbe()
  return cell.workload === 'requestResponse' && cell.connections === 1 ? new RoundTripProbe() : undefined
}

async function measureConnect(adapter: Adapter, cell: Cell, job: Job): Promise<Entry> {
  const endpoint = endpointOf(cell, job)
  const connections = messagesOf(cell, isWarmUp(job))
  const pass = async () => {
    for (let opened = 0; opened < connections; opened++) {
      const client = await adapter.open(endpoint)
      await client.close()
    }
    return connections
  }
  return timed(job.milliseconds, pass, undefined)
}

/** Leaves connections open, idle or after many messages, and measures their memory. */
async function measureMemory(adapter: Adapter, cell: Cell, job: Job): Promise<Entry> {
  if (cell.kind !== 'json') return measureIdle(adapter, endpointOf(cell, job))
  const { payloads, check } = contentOf(cell, job)
  const echoes = {
    payloads,
    check,
    messages: messagesOf({ ...cell, connections: 1 }),
    inFlight: 1,
    before: 0,
  }
  return measureIdle(adapter, endpointOf(cell, job), { ...echoes, observer: undefined })
}

function passOf(client: Client, task: Task, messages: number): Pass | undefined {
  const { cell } = task
  if (cell.workload === 'source') return sourcePass(client, cell, messages)
  if (cell.workload === 'loopWork') return workPass(client, messages)
  if (cell.workload === 'sink') return sinkPass(client, cell, messages)
  if (cell.workload === 'sparse') return sparsePass(client, task, messages)
  if (cell.workload === 'silent') return silentPass
  return echoPass(client, task, messages)
}

/** Returns the entry of a cell, or `null` if the adapter does not offer the workload. */
export async function measure(adapter: Adapter, cell: Cell, job: Job): Promise<Entry | null> {
  if (adapter.declines?.(cell)) return null
  if (cell.workload === 'connect') return measureConnect(adapter, cell, job)
  if (HOLDS.includes(cell.workload)) return measureMemory(adapter, cell, job)
  if (NEEDS_LOOP.includes(cell.workload) && adapter.hasNodeLoop === false) return null
  const client = await adapter.open(endpointOf(cell, job))
  const probe = probeFor(adapter, cell)
  const pass = passOf(client, { cell, job, probe }, messagesOf(cell, isWarmUp(job)))
  const entry = pass === undefined ? null : await timed(job.milliseconds, pass, probe)
  client.terminate()
  return entry
}
