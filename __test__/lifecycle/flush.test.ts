// When sent messages are written: while the program computes, and before the process ends.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { run } from '../support/program.js'

const program = new URL('./programs/flush.mjs', import.meta.url)

/** What a server received. */
interface Arrivals {
  url: string
  /** How long each message was in transit, in ms. */
  lateness: number[]
  /** Resolves when no connection is open. */
  closed(): Promise<unknown>
}

/** Starts a server that records the transit time of messages that hold a time. At `burst n` it sends n messages. */
async function listen(): Promise<Arrivals> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => server.close())
  await once(server, 'listening')
  const lateness: number[] = []
  const closes = new Set<Promise<unknown>>()
  server.on('connection', (socket) => {
    closes.add(new Promise((resolve) => socket.on('error', () => {}).on('close', resolve)))
    socket.on('message', (data) => {
      const text = String(data)
      const [, burst = 0] = /^burst (\d+)$/.exec(text) ?? []
      for (let sent = 0; sent < Number(burst); sent++) socket.send('question')
      if (/^\d+$/.test(text)) lateness.push(Date.now() - Number(text))
    })
  })
  const closed = () => Promise.all(closes)
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, lateness, closed }
}

const API = { promise: 'websocket-rs', blocking: 'websocket-rs/sync' }
/** The limit, in ms. Messages that are held until the program is idle arrive at least 1400 ms late. */
const MAX_LATENESS = 700

describe.each([
  [API.promise, 'awaited sends with computing between', 8],
  [API.promise, 'sends not awaited with computing between', 8],
  [API.promise, 'several sends, then computing', 5],
  [API.promise, 'computing between sends, after holding', 8],
  [API.promise, 'several sends, then computing, after ticks of several sends', 3],
  [API.promise, 'sendMany of a generator that computes', 3],
  [API.promise, 'a blocking call on another connection', 3],
  [API.promise, 'an endless chain of resolved promises', 8],
  [API.promise, 'reading queued messages', 3],
  [API.promise, 'replies to a burst', 20],
  [API.promise, 'replies to a burst, after holding', 20],
  [API.blocking, 'awaited sends with computing between', 8],
  [API.blocking, 'several sends, then computing', 5],
  [API.blocking, 'replies to a burst', 20],
  [API.blocking, 'sendMany of a generator that computes', 3],
] as const)('%s', (api, what, least) => {
  test(`writes messages before the program is idle: ${what}`, async () => {
    const arrivals = await listen()
    expect(await run(program, [api, arrivals.url, what])).toMatchObject({ code: 0, stderr: '' })
    await arrivals.closed()
    expect(arrivals.lateness.length).toBeGreaterThanOrEqual(least)
    expect(Math.max(...arrivals.lateness)).toBeLessThan(MAX_LATENESS)
  })
})

describe.each([
  [API.promise, 'process.exit()', 0],
  [API.promise, 'process.exit(), after holding', 0],
  [API.promise, 'process.exit(), after all listeners of exit were removed', 0],
  [API.promise, 'a listener of exit', 0],
  [API.promise, 'sendMany of a generator that calls process.exit()', 0],
  [API.promise, 'terminate()', 0],
  [API.promise, 'an uncaught exception', 1],
  [API.promise, 'the end of a Worker', 0],
  [API.blocking, 'process.exit()', 0],
  [API.blocking, 'sendMany of a generator that calls process.exit()', 0],
  [API.blocking, 'terminate()', 0],
  [API.blocking, 'the end of a Worker', 0],
] as const)('%s', (api, what, code) => {
  test(`writes sent messages before the process ends: ${what}`, async () => {
    const arrivals = await listen()
    expect(await run(program, [api, arrivals.url, what])).toMatchObject({ code, signal: null })
    await arrivals.closed()
    expect(arrivals.lateness).toHaveLength(3)
  })
})
