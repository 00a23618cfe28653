/**
 * `make demo`: the main job against the embedded echo server. Connects, sends a text and a binary
 * message on both faces, then 1000 messages of three sizes, one by one and all at once.
 */

import { connect } from 'websocket-rs'
import { connect as connectBlocking } from 'websocket-rs/sync'
import { startPeer } from './peer.js'
import { median, quantile } from './report/statistics.js'

const MESSAGES = 1000
const SIZES = [512, 4096, 65_536]
/** A thousand unread echoes wait here while the rest is being sent. */
const OPTIONS = { receiveQueue: { bytes: 256 * 1024 * 1024 } }

/** Send and receive of either face: awaiting a value that is no promise does no harm. */
interface Face {
  send(data: Buffer): Promise<void> | void
  recv(): Promise<unknown> | unknown
}

interface Row {
  face: string
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
  console.log('promise face   ', await ws.recv(), await ws.recv(), `ping ${(await ws.ping()).toFixed(3)} ms`)

  using blocking = connectBlocking(url)
  blocking.send('hello')
  blocking.send(Buffer.from([1, 2, 3]))
  console.log('blocking face  ', blocking.recv(), blocking.recv(), `ping ${blocking.ping().toFixed(3)} ms`)
}

async function requestResponse(ws: Face, payload: Buffer): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < MESSAGES; i++) {
    const sentAt = performance.now()
    ws.send(payload)
    await ws.recv()
    times.push(performance.now() - sentAt)
  }
  return times
}

async function pipelined(ws: Face, payload: Buffer): Promise<number[]> {
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

async function measure(face: string, ws: Face, size: number): Promise<Row[]> {
  const payload = Buffer.alloc(size, 'x')
  const rows: Row[] = []
  for (const [mode, work] of [
    ['one by one', requestResponse] as const,
    ['all at once', pipelined] as const,
  ]) {
    await work(ws, payload)
    const start = performance.now()
    const times = await work(ws, payload)
    const rate = MESSAGES / ((performance.now() - start) / 1000)
    rows.push({ face, mode, size, rate, p50: median(times) * 1000, p99: quantile(times, 0.99) * 1000 })
  }
  return rows
}

function show(row: Row): void {
  const cells = [
    row.face.padEnd(10),
    row.mode.padEnd(12),
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
  console.log(`\n${MESSAGES} messages each; latency from send to receive\n`)
  console.log('face       how             size   messages/s       p50 us       p99 us')
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
