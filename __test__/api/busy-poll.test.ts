// Busy-polling: it changes how soon a reply is read, and nothing else.

import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer } from 'node:net'
import { setImmediate as nextIteration, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type AnyConnection, apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

/** The longest busy-poll, in microseconds, since even a quick reply may be slow on a busy machine. */
const LONGEST = 1000

async function rounds(ws: AnyConnection, count: number): Promise<void> {
  for (let round = 0; round < count; round += 1) {
    await ws.send(`${round}`)
    expect(await ws.recv()).toBe(`${round}`)
  }
}

describe.each(apis)('$name', ({ connect, isBlocking }) => {
  test('reads quick replies by busy-polling', async () => {
    const ws = await connect(peer.ws, { busyPoll: LONGEST })
    await rounds(ws, 500)
    expect(ws.stats().busyPollHits).toBeGreaterThan(100)
    ws.terminate()
  })

  test('never busy-polls with busyPoll: false', async () => {
    const ws = await connect(peer.ws, { busyPoll: false })
    await rounds(ws, 100)
    expect(ws.stats()).toMatchObject({ busyPollHits: 0, busyPollMisses: 0 })
    ws.terminate()
  })

  test('backs off while a peer replies slowly', async () => {
    const ws = await connect(`${peer.ws}/slow?delay=3`)
    await rounds(ws, 200)
    const { busyPollHits, busyPollMisses } = ws.stats()
    // Finds nothing, unless another process has had the core for as long as the reply takes.
    expect(busyPollHits).toBeLessThan(20)
    // The back-off between misses is 1, 2, 4, … replies, and begins anew after a hit: eight misses take 255 replies.
    expect(busyPollMisses).toBeLessThanOrEqual(8 * (busyPollHits + 1))
    ws.terminate()
  })

  test('backs off while a peer does not reply', async () => {
    const ws = await connect(`${peer.ws}/sink`)
    for (let count = 0; count < 200; count += 1) {
      await ws.send('x')
      if (!isBlocking) await sleep(1)
    }
    await ws.send('report')
    expect(JSON.parse(String(await ws.recv()))).toMatchObject({ messages: 200 })
    expect(ws.stats().busyPollMisses).toBeLessThanOrEqual(9)
    ws.terminate()
  })

  test('busy-polls over TLS', async () => {
    const ws = await connect(peer.wss, { busyPoll: LONGEST, tls: { ca: peer.ca } })
    await rounds(ws, 200)
    expect(ws.stats().busyPollHits).toBeGreaterThan(0)
    ws.terminate()
  })
})

const [promise] = apis

test('does not busy-poll while the loop has other work', async () => {
  const ws = (await promise?.connect(`${peer.ws}/slow?delay=50`, { busyPoll: LONGEST })) as AnyConnection
  let done = false
  const busy = (async () => {
    while (!done) await nextIteration()
  })()
  await rounds(ws, 5)
  // A busy-poll begins only before the loop would sleep, which it never does here.
  expect(ws.stats().busyPollMisses).toBe(0)
  done = true
  await busy
  ws.terminate()
})

test('runs timers on time while many slow replies are pending', async () => {
  const all = await Promise.all(
    Array.from({ length: 20 }, () => promise?.connect(`${peer.ws}/slow?delay=20`, { busyPoll: LONGEST })),
  )
  let timers = 0
  const timer = setInterval(() => {
    timers += 1
  }, 1)
  await Promise.all(all.map((ws) => rounds(ws as AnyConnection, 10)))
  clearInterval(timer)
  expect(timers).toBeGreaterThan(50)
  for (const ws of all) ws?.terminate()
})

test('serves other handles of the loop while replies arrive continuously', async () => {
  const open = () => promise?.connect(peer.ws, { busyPoll: LONGEST }) as Promise<AnyConnection>
  const quick = await open()
  const other = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1')
  await once(other, 'listening')
  const socket = createConnection((other.address() as AddressInfo).port, '127.0.0.1')
  let [echoes, iterations, done] = [0, 0, false]
  socket.on('data', () => socket.write(`${++echoes}`)).write('0')
  const iterating = (async () => {
    for (; !done; iterations++) await nextIteration()
  })()
  await rounds(quick, 1000)
  expect(iterations).toBeGreaterThan(30)
  done = true
  await iterating
  const before = echoes
  await rounds(quick, 2000)
  // The loop itself delivers at least one of 17 replies, and serves its other handles then.
  expect(echoes - before).toBeGreaterThan(60)
  socket.destroy()
  other.close()
  quick.terminate()
})
