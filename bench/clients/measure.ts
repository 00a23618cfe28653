/** Does a cell with an adapter and takes the times. */

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Adapter, type Client, type Echoes, lengthOf, type Payload, type Target } from './client.js'
import { idle } from './idle.js'
import type { Cell, Entry, Job } from './job.js'
import { LoopWatch } from './loop-watch.js'
import { RoundTrips, type Watch, Ways } from './observers.js'
import { inFlightOf, messagesOf } from './passes.js'

/** Bytes the peer's `/timestamp` puts before an echo. */
const STAMPS = 16

const PATHS: Partial<Record<Cell['work'], string>> = {
  sink: '/sink',
  oneWay: '/timestamp',
  slow: '/slow?delay=5',
}

/** Time between two messages of `sparse`, and how long `silent` looks on, in ms. */
const SPARSE = 100
const SILENT = 500

/** Works that need an event loop beside the messages. */
const NEEDS_LOOP: readonly Cell['work'][] = ['loop', 'loopSingle', 'sparse', 'silent']

/** No time to measure: the cell is only gone through once. */
function rehearses({ milliseconds }: Job): boolean {
  return milliseconds === 0
}

const REHEARSED: Entry = { messages: 0, wall: 0, cpu: 0, latency: null }

/** A pass, done: how many messages it was. */
type Pass = () => Promise<number> | number

function targetOf(cell: Cell, job: Job): Target {
  const query = `/source?count=0&size=${cell.size}&kind=${cell.kind}`
  const path = cell.work === 'source' ? query : (PATHS[cell.work] ?? '/')
  const ca = job.ca === null ? undefined : readFileSync(job.ca)
  return { url: `${job.url}${path}`, ca, connections: cell.connections }
}

function payloadOf(cell: Cell): Payload {
  return cell.kind === 'text' ? 'x'.repeat(cell.size) : Buffer.alloc(cell.size, 'x')
}

function checkFor(bytes: number): (data: unknown) => void {
  return (data) => {
    if (lengthOf(data) !== bytes) throw new Error(`a message of ${lengthOf(data)} bytes came, not ${bytes}`)
  }
}

/** Two untimed passes, as the compiler changes its mind in the second, then whole passes until the time is over. */
async function timed(milliseconds: number, pass: Pass, watch: Watch | undefined): Promise<Entry> {
  await pass()
  // A rehearsal wants no figures.
  if (milliseconds === 0) return REHEARSED
  await pass()
  watch?.start()
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
    ...watch?.figures(messages),
  }
}

function echoPass(client: Client, cell: Cell, messages: number, watch: Watch | undefined): Pass {
  const echoes: Echoes = {
    payload: payloadOf(cell),
    messages,
    inFlight: inFlightOf(cell),
    observer: watch?.observer,
    check: checkFor(cell.size + (cell.work === 'oneWay' ? STAMPS : 0)),
  }
  return async () => {
    await client.echo(echoes)
    return messages
  }
}

/** Few messages, each some time after the one before. */
function sparsePass(client: Client, cell: Cell, messages: number): Pass {
  const one = echoPass(client, cell, 1, undefined)
  return async () => {
    for (let sent = 0; sent < messages; sent++) {
      await sleep(SPARSE)
      await one()
    }
    return messages
  }
}

/** Nothing at all, for half a second each time. */
async function silentPass(): Promise<number> {
  await sleep(SILENT)
  return 1
}

function sourcePass(client: Client, cell: Cell, messages: number): Pass | undefined {
  const check = checkFor(cell.size)
  return client.receive && (() => client.receive?.(messages, check) ?? 0)
}

/** A pass ends when the server says that it has taken all. */
function sinkPass(client: Client, cell: Cell, messages: number): Pass | undefined {
  if (client.flood === undefined || client.ask === undefined) return undefined
  const payload = payloadOf(cell)
  let total = 0
  return async () => {
    await client.flood?.(payload, messages)
    total += messages
    const report = JSON.parse((await client.ask?.('report')) ?? '{}') as { messages: number }
    if (report.messages !== total) throw new Error(`the sink took ${report.messages} of ${total} messages`)
    return messages
  }
}

function watchFor(adapter: Adapter, cell: Cell): Watch | undefined {
  if (cell.work === 'oneWay') return new Ways(adapter.monotonic ?? process.hrtime.bigint)
  if (cell.work === 'loop' || cell.work === 'loopSingle') return new LoopWatch()
  return cell.work === 'requestResponse' && cell.connections === 1 ? new RoundTrips() : undefined
}

async function connects(adapter: Adapter, cell: Cell, job: Job): Promise<Entry> {
  const target = targetOf(cell, job)
  const connections = messagesOf(cell, rehearses(job))
  const pass = async () => {
    for (let opened = 0; opened < connections; opened++) {
      const client = await adapter.open(target)
      await client.close()
    }
    return connections
  }
  return timed(job.milliseconds, pass, undefined)
}

function passOf(client: Client, cell: Cell, messages: number, watch: Watch | undefined): Pass | undefined {
  if (cell.work === 'source') return sourcePass(client, cell, messages)
  if (cell.work === 'sink') return sinkPass(client, cell, messages)
  if (cell.work === 'sparse') return sparsePass(client, cell, messages)
  if (cell.work === 'silent') return silentPass
  return echoPass(client, cell, messages, watch)
}

/** The entry of a cell; null where the adapter does not offer the work. */
export async function measure(adapter: Adapter, cell: Cell, job: Job): Promise<Entry | null> {
  if (adapter.declines?.(cell)) return null
  if (cell.work === 'connect') return connects(adapter, cell, job)
  if (cell.work === 'idle') return idle(adapter, targetOf(cell, job))
  if (NEEDS_LOOP.includes(cell.work) && adapter.hasNodeLoop === false) return null
  const client = await adapter.open(targetOf(cell, job))
  const watch = watchFor(adapter, cell)
  const pass = passOf(client, cell, messagesOf(cell, rehearses(job)), watch)
  const entry = pass === undefined ? null : await timed(job.milliseconds, pass, watch)
  client.terminate()
  return entry
}
