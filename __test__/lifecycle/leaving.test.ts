// When what was sent leaves: while the program is busy, and when it ends.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { run } from '../support/program.js'

const program = new URL('./programs/leaving.mjs', import.meta.url)

/** What came: how long each message was on its way, in ms. */
interface Arrivals {
  url: string
  lateness: number[]
  closed: Promise<unknown>
}

/** A server that notes when messages of a time come. `burst n` has it send n messages at once. */
async function listen(): Promise<Arrivals> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => server.close())
  await once(server, 'listening')
  const lateness: number[] = []
  const closed = new Promise((resolve) => {
    server.on('connection', (socket) => {
      socket.on('error', () => {}).on('close', resolve)
      socket.on('message', (data) => {
        const text = String(data)
        const [, burst = 0] = /^burst (\d+)$/.exec(text) ?? []
        for (let sent = 0; sent < Number(burst); sent++) socket.send('question')
        if (/^\d+$/.test(text)) lateness.push(Date.now() - Number(text))
      })
    })
  })
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, lateness, closed }
}

const API = { promise: 'websocket-rs', blocking: 'websocket-rs/sync' }
/** Messages that were held came at least 1400 ms late, together. */
const PROMPT = 700

describe.each([
  [API.promise, 'awaited, with computing between', 8],
  [API.promise, 'not awaited, with computing between', 8],
  [API.promise, 'several, then computing', 5],
  [API.promise, 'computing between, after holding', 8],
  [API.promise, 'several, then computing, after ticks of several', 3],
  [API.promise, 'a generator that computes', 3],
  [API.promise, 'a blocking call on another connection', 3],
  [API.promise, 'promises that are never done', 8],
  [API.promise, 'reading what is queued', 3],
  [API.promise, 'answers to a burst', 20],
  [API.promise, 'answers to a burst, after holding', 20],
  [API.blocking, 'awaited, with computing between', 8],
  [API.blocking, 'several, then computing', 5],
  [API.blocking, 'answers to a burst', 20],
  [API.blocking, 'a generator that computes', 3],
] as const)('%s', (api, what, least) => {
  test(`no message waits for the program to be idle: ${what}`, async () => {
    const arrivals = await listen()
    expect(await run(program, [api, arrivals.url, what])).toMatchObject({ code: 0, stderr: '' })
    await arrivals.closed
    expect(arrivals.lateness.length).toBeGreaterThanOrEqual(least)
    expect(Math.max(...arrivals.lateness)).toBeLessThan(PROMPT)
  })
})

describe.each([
  [API.promise, 'process.exit()', 0],
  [API.promise, 'process.exit(), after holding', 0],
  [API.promise, 'listeners of exit', 0],
  [API.promise, 'a generator that calls process.exit()', 0],
  [API.promise, 'terminate()', 0],
  [API.promise, 'an uncaught exception', 1],
  [API.promise, 'the end of a Worker', 0],
  [API.blocking, 'process.exit()', 0],
  [API.blocking, 'a generator that calls process.exit()', 0],
  [API.blocking, 'terminate()', 0],
  [API.blocking, 'the end of a Worker', 0],
] as const)('%s', (api, what, code) => {
  test(`what was sent before the end arrives: ${what}`, async () => {
    const arrivals = await listen()
    expect(await run(program, [api, arrivals.url, what])).toMatchObject({ code, signal: null })
    await arrivals.closed
    expect(arrivals.lateness).toHaveLength(3)
  })
})
