/**
 * `make demo`: connects both APIs to the echo server of the repository, sends a text and a binary message on each, then
 * 1000 messages of three sizes, one at a time and all at once.
 */

import { connect } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'
import { startPeer } from './peer.js'
import { median, quantile } from './report/statistics.js'

const MESSAGES = 1000
const SIZES = [512, 4096, 65_536]
/** Holds the echoes of all messages, as they are received only after all of them have been sent. */
const OPTIONS = { receiveQueue: { bytes: 256 * 1024 * 1024 } }

/** The methods of both APIs. `await` has no effect on the results of the blocking API. */
interface AnyConnection {
  send(data: Buffer): Promise<void> | void
  recv(): Promise<unknown> | unknown
}

interface Row {
  api: string
  mode: string
  size: number
  rate: number
  p50: number
  p99: number
}

async function roundTrips(url: string): Promise<void> {
  await using ws = await connect(url)
  await ws.send('hello')
  await ws.send(Buffer.from([1, 2, 3]))
  console.log('promise API  ', await ws.recv(), await ws.recv(), `ping ${(await ws.ping()).toFixed(3)} ms`)

  using blocking = connectBlocking(url)
  blocking.send('hello')
  blocking.send(Buffer.from([1, 2, 3]))
  console.log('blocking API ', blocking.recv(), blocking.recv(), `ping ${blocking.ping().toFixed(3)} ms`)
}

async function oneAtATime(ws: AnyConnection, payload: Buffer): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < MESSAGES; i++) {
    const sentAt = performance.now()
    ws.send(payload)
    await ws.recv()
    times.push(performance.now() - sentAt)
  }
  return times
}

async function allAtOnce(ws: AnyConnection, payload: Buffer): Promise<number[]> {
  const sentAt: number[] = []
  for (let i = 0; i < MESSAGES; i++) {
    sentAt.push(performance.now())
    ws.send(payload)
  }
  const times: number[] = []
  for (let i = 0; i < MESSAGES; i++) {
    await ws.recv()
    times.push(performance.now() - (sentAt[i] as number))
  }
  return times
}

async function measure(api: string, ws: AnyConnection, size: number): Promise<Row[]> {
  const payload = Buffer.alloc(size, 'x')
  const rows: Row[] = []
  for (const [mode, echo] of [['one at a time', oneAtATime] as const, ['all at once', allAtOnce] as const]) {
    await echo(ws, payload)
    const start = performance.now()
    const times = await echo(ws, payload)
    const rate = MESSAGES / ((performance.now() - start) / 1000)
    rows.push({ api, mode, size, rate, p50: median(times) * 1000, p99: quantile(times, 0.99) * 1000 })
  }
  return rows
}

const WIDTHS = { api: 10, mode: 15 }

function show(row: Row): void {
  const cells = [
    row.api.padEnd(WIDTHS.api),
    row.mode.padEnd(WIDTHS.mode),
    `${row.size} B`.padStart(8),
    Math.round(row.rate).toLocaleString('en').padStart(12),
    row.p50.toFixed(1).padStart(12),
    row.p99.toFixed(1).padStart(12),
  ]
  console.log(cells.join(' '))
}

async function main(): Promise<void> {
  const peer = await startPeer()
  console.log(`echo server at ${peer.ws}, Node ${process.version}\n`)
  await roundTrips(peer.ws)
  console.log(`\n${MESSAGES} messages per row; latency from send to receive\n`)
  const [api, mode] = ['API'.padEnd(WIDTHS.api), 'sent'.padEnd(WIDTHS.mode)]
  console.log(`${api} ${mode}     size   messages/s       p50 us       p99 us`)
  for (const size of SIZES) {
    const ws = await connect(peer.ws, OPTIONS)
    for (const row of await measure('promise', ws, size)) show(row)
    await ws.close()
    const blocking = connectBlocking(peer.ws, OPTIONS)
    for (const row of await measure('blocking', blocking, size)) show(row)
    blocking.close()
  }
  await peer.stop()
}

void main()
