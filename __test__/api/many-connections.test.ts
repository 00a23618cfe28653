// Connections that receive in the same iteration of the event loop. Whether all of them do depends on the system, so what
// needs that is tried until it was seen.

import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { type Connection, connect } from 'websocket-rs'
import { WebSocket } from 'websocket-rs/ws'
import { peer } from '../support/peer.js'
import { run, success } from '../support/program.js'

const program = new URL('./programs/many-connections.mjs', import.meta.url)
const echo = `${peer.ws}/echo`

/** Keeps the thread busy, so that replies arrive meanwhile. */
function occupy(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

function open(count: number, reuseMemory = false): Promise<Connection[]> {
  const options = { receiveQueue: { bytes: 0 }, reuseMemory }
  return Promise.all(Array.from({ length: count }, () => connect(echo, options)))
}

/** Receives a message on each of two connections. Returns in which order they and the ticks after them came. */
async function order(pair: Connection[]): Promise<string> {
  const seen: string[] = []
  const calls = pair.map(async (ws, number) => {
    await ws.recv()
    seen.push(`message ${number}`)
    process.nextTick(() => seen.push('tick'))
  })
  for (const ws of pair) void ws.send('x')
  occupy(20)
  await Promise.all(calls)
  await new Promise((resolve) => setImmediate(resolve))
  return seen.join().replaceAll(/ \d/g, '')
}

test('delivers the messages of several connections together', async () => {
  const pair = await open(2)
  const tries: string[] = []
  while (tries.length < 100 && !tries.includes('message,message,tick,tick')) tries.push(await order(pair))
  expect(tries).toContain('message,message,tick,tick')
  for (const ws of pair) ws.terminate()
})

test('runs ticks and promises between the messages of two connections of the ws API', async () => {
  const pair = [new WebSocket(echo), new WebSocket(echo)]
  await Promise.all(pair.map((ws) => once(ws, 'open')))
  for (let round = 0; round < 20; round += 1) {
    const seen: string[] = []
    const messages = pair.map(
      (ws) =>
        new Promise<void>((resolve) => {
          ws.once('message', () => {
            seen.push('message')
            process.nextTick(() => seen.push('tick'))
            void Promise.resolve().then(() => seen.push('promise'))
            resolve()
          })
        }),
    )
    for (const ws of pair) ws.send('x')
    occupy(10)
    await Promise.all(messages)
    await new Promise((resolve) => setImmediate(resolve))
    expect(seen.join()).toMatch(/^(message,(tick,promise|promise,tick),?){2}$/)
  }
  for (const ws of pair) ws.terminate()
})

test.each([
  ['binary', false],
  ['binary', true],
  ['text', false],
])(
  'keeps content and order of %s messages of many connections, of all sizes, reuseMemory %s',
  async (kind, reuseMemory) => {
    const sizes = [1, 70_000, 100, 9000, 300_000, 0, 4000]
    const all = await open(40, reuseMemory)
    const payload = (number: number, size: number) => {
      const bytes = Buffer.alloc(size, `<${number} ${size}>`)
      return kind === 'text' ? bytes.toString() : bytes
    }
    for (let round = 0; round < 3; round += 1) {
      for (const size of sizes) for (const [number, ws] of all.entries()) void ws.send(payload(number, size))
      occupy(50)
      const received = all.map(async (ws, number) => {
        for (const size of sizes)
          if (!Buffer.from(payload(number, size)).equals(Buffer.from(await ws.recv({ timeout: 20_000 }))))
            return 'wrong'
        return 'right'
      })
      expect(new Set(await Promise.all(received))).toEqual(new Set(['right']))
    }
    for (const ws of all) ws.terminate()
  },
)

test('receives on more connections than are read together', async () => {
  const all = await open(300)
  for (let round = 0; round < 3; round += 1) {
    for (const [number, ws] of all.entries()) void ws.send(`${round} ${number}`)
    occupy(200)
    const received = await Promise.all(all.map((ws) => ws.recv({ timeout: 20_000 })))
    expect(received).toEqual(all.map((_, number) => `${round} ${number}`))
  }
  for (const ws of all) ws.terminate()
})

test('reports the failures of connections that fail together, and only those', async () => {
  // A frame with an opcode and one with a bit that RFC 6455 reserves.
  const scripts = ['8300', 'c100'].map((hex) => peer.script([{ accept: true }, { readFrame: true }, { hex }]))
  const failing = await Promise.all(scripts.map(({ url }) => connect(url)))
  const [well] = (await open(1)) as [Connection]
  const calls = [...failing, well].map((ws) => ws.recv({ timeout: 10_000 }))
  for (const ws of [...failing, well]) void ws.send('x')
  occupy(100)
  const results = await Promise.allSettled(calls)
  expect(
    results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason.code)),
  ).toEqual(['ERR_WS_PROTOCOL', 'ERR_WS_PROTOCOL', 'x'])
  well.terminate()
})

test('answers pings of connections that receive nothing else', async () => {
  const ping = { hex: '8900' }
  const scripts = Array.from({ length: 3 }, () =>
    peer.script([{ accept: true }, { readFrame: true }, ping, { readFrame: true }, { close: true }]),
  )
  const all = await Promise.all(scripts.map(({ url }) => connect(url)))
  for (const ws of all) void ws.send('x')
  occupy(50)
  const transcripts = await Promise.all(scripts.map((script) => script.transcript()))
  expect(transcripts.map(({ frames }) => frames.map(({ opcode }) => opcode))).toEqual(
    scripts.map(() => [1, 10]),
  )
  for (const ws of all) ws.terminate()
})

test('gives messages that have arrived in time to calls whose timeout passes in a blocked loop', async () => {
  const all = await open(10)
  const calls = all.map((ws) => ws.recv({ timeout: 300 }))
  for (const [number, ws] of all.entries()) void ws.send(`${number}`)
  occupy(1000)
  expect(await Promise.all(calls)).toEqual(all.map((_, number) => `${number}`))
  for (const ws of all) ws.terminate()
})

describe('while several connections receive', () => {
  test('drops what a connection receives that is terminated meanwhile', async () => {
    expect(await run(program, [echo, 'termination'])).toEqual(success('true fulfilled'))
  })

  test('delivers all messages intact if a blocking call is made meanwhile', async () => {
    expect(await run(program, [echo, 'a blocking call'])).toEqual(success('true 50'))
  })

  test('delivers all messages if a listener makes a blocking call', async () => {
    expect(await run(program, [echo, 'a blocking listener'])).toEqual(success('4 inner 0,1,2,3,5,6,7,8'))
  })

  test('delivers all messages if a handler of a socket makes a blocking call', async () => {
    expect(await run(program, [echo, 'a blocking socket'])).toEqual(success('inner 0,1,2,3,4,5,6,7'))
  })

  test('delivers the messages of the others if a listener throws', async () => {
    const ending = await run(program, [echo, 'a throwing listener'])
    expect(ending).toEqual(success('thrown', '0,9,1,2,3,4,5,6,7,8'))
  })

  test('delivers the messages of the others if one cannot be made', async () => {
    const ending = await run(program, [echo, 'an exception'])
    expect(ending).toEqual(success('no text', '7'))
  })

  test('lets Workers end', async () => {
    expect(await run(program, [echo, 'workers'])).toEqual(success('ended'))
  })

  test('exits if a handler ends the process', async () => {
    expect(await run(program, [echo, 'exit'])).toEqual(success('exits'))
  })
})
