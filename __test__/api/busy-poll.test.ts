// Waiting awake: it may change how soon a reply is seen, and nothing else.

import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type AnyConnection, apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

/** Most time awake, in microseconds: on one busy machine even a quick reply may take its time. */
const LONGEST = 1000

async function rounds(ws: AnyConnection, count: number): Promise<void> {
  for (let round = 0; round < count; round += 1) {
    await ws.send(`${round}`)
    expect(await ws.recv()).toBe(`${round}`)
  }
}

describe.each(apis)('$name', ({ connect, isBlocking }) => {
  test('replies that come soon are caught awake', async () => {
    const ws = await connect(peer.ws, { busyPoll: LONGEST })
    await rounds(ws, 500)
    expect(ws.stats().busyPollHits).toBeGreaterThan(100)
    ws.terminate()
  })

  test('off means off', async () => {
    const ws = await connect(peer.ws, { busyPoll: false })
    await rounds(ws, 100)
    expect(ws.stats()).toMatchObject({ busyPollHits: 0, busyPollMisses: 0 })
    ws.terminate()
  })

  test('a slow peer is soon waited for asleep', async () => {
    const ws = await connect(`${peer.ws}/slow?delay=3`)
    await rounds(ws, 200)
    const { busyPollHits, busyPollMisses } = ws.stats()
    // 1 + 2 + 4 + ... replies asleep between the waits in vain: eight of them make 255.
    expect(busyPollHits).toBe(0)
    expect(busyPollMisses).toBeLessThanOrEqual(8)
    ws.terminate()
  })

  test('messages nobody answers are not waited on for ever', async () => {
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

  test('TLS is served as well', async () => {
    const ws = await connect(peer.wss, { busyPoll: LONGEST, tls: { ca: peer.ca } })
    await rounds(ws, 200)
    expect(ws.stats().busyPollHits).toBeGreaterThan(0)
    ws.terminate()
  })
})

const [promise] = apis

test('a loop with other things to do does not wait awake for a reply', async () => {
  const ws = (await promise?.connect(`${peer.ws}/slow?delay=50`, { busyPoll: LONGEST })) as AnyConnection
  let done = false
  const busy = (async () => {
    while (!done) await nextTurn()
  })()
  await rounds(ws, 5)
  // Each wait gives up only when the loop would sleep, which it never does here.
  expect(ws.stats().busyPollMisses).toBe(0)
  done = true
  await busy
  ws.terminate()
})

test('timers come while many slow replies are waited for', async () => {
  const all = await Promise.all(
    Array.from({ length: 20 }, () => promise?.connect(`${peer.ws}/slow?delay=20`, { busyPoll: LONGEST })),
  )
  let ticks = 0
  const timer = setInterval(() => {
    ticks += 1
  }, 1)
  await Promise.all(all.map((ws) => rounds(ws as AnyConnection, 10)))
  clearInterval(timer)
  expect(ticks).toBeGreaterThan(50)
  for (const ws of all) ws?.terminate()
})

test('replies that are always there hold up nothing else of the loop', async () => {
  const open = () => promise?.connect(peer.ws, { busyPoll: LONGEST }) as Promise<AnyConnection>
  const quick = await open()
  const other = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1')
  await once(other, 'listening')
  const socket = createConnection((other.address() as AddressInfo).port, '127.0.0.1')
  let [echoes, turns, done] = [0, 0, false]
  socket.on('data', () => socket.write(`${++echoes}`)).write('0')
  const turning = (async () => {
    for (; !done; turns++) await nextTurn()
  })()
  await rounds(quick, 1000)
  expect(turns).toBeGreaterThan(30)
  done = true
  await turning
  const before = echoes
  await rounds(quick, 2000)
  // Of 17 replies at least one is the loop's to deliver, and with it whatever else has come.
  expect(echoes - before).toBeGreaterThan(60)
  socket.destroy()
  other.close()
  quick.terminate()
})
