// connect.forever and its signal: whatever the loop does, aborting ends it with an AbortError and closes the connection.

import { channel } from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { type Connection, connect, type ForeverOptions } from 'websocket-rs'
import { refusingAddress } from '../support/addresses.js'
import { peer } from '../support/peer.js'

/** Reconnects without a delay. */
const AT_ONCE: ForeverOptions = { backoff: { initial: 0 } }
const ABORTED = { name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' }
/** The longest that an aborted loop may take, in ms: 1 s for the peer to answer the close frame, and a busy machine. */
const SOON = 2500

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await run()
  return performance.now() - start
}

test('closes an open connection with 1000; the inner loop ends quietly, the outer one with an AbortError', async () => {
  const script = peer.script([
    { accept: true },
    { readUntilClose: true },
    { frame: { opcode: 8, hex: '03e8' } },
  ])
  const controller = new AbortController()
  const ends: unknown[] = []
  const running = async () => {
    for await (const ws of connect.forever(script.url, { ...AT_ONCE, signal: controller.signal })) {
      setTimeout(() => controller.abort('enough'), 20)
      for await (const _ of ws) expect.unreachable()
      ends.push(await ws.closed)
    }
  }
  await expect(running()).rejects.toMatchObject(ABORTED)
  expect(ends).toEqual([{ code: 1000, reason: '', wasClean: true }])
  const { frames } = await script.transcript()
  expect(frames.map(({ opcode, hex }) => [opcode, hex])).toEqual([[8, '03e8']])
})

test.each(['silent', 'deaf'])('takes about a second if the peer is %s', async (path) => {
  const controller = new AbortController()
  const running = async () => {
    for await (const ws of connect.forever(`${peer.ws}/${path}`, { ...AT_ONCE, signal: controller.signal })) {
      setTimeout(() => controller.abort('enough'), 20)
      for await (const _ of ws) expect.unreachable()
    }
  }
  expect(await timed(() => expect(running()).rejects.toMatchObject(ABORTED))).toBeLessThan(SOON)
})

test('a body that does not look at the connection is not interrupted; its end is the end of the loop', async () => {
  const controller = new AbortController()
  let last: Connection | undefined
  const running = async () => {
    for await (const ws of connect.forever(peer.ws, { ...AT_ONCE, signal: controller.signal })) {
      last = ws
      controller.abort('enough')
      await ws.closed
    }
  }
  await expect(running()).rejects.toMatchObject(ABORTED)
  expect(last).toMatchObject({ readyState: 3, closeCode: 1000 })
})

test('break after the abort leaves the loop without an error', async () => {
  const controller = new AbortController()
  let last: Connection | undefined
  for await (const ws of connect.forever(peer.ws, { signal: controller.signal })) {
    last = ws
    controller.abort()
    break
  }
  expect(last?.readyState).toBe(3)
})

test.each<[name: string, url: () => unknown, options: object]>([
  ['while connecting', () => `${peer.ws}/hang`, {}],
  [
    'during the delay',
    async () => `ws://${await refusingAddress()}`,
    { backoff: { initial: 60_000, max: 60_000 } },
  ],
  ['while the function for the URL is pending', () => new Promise(() => {}), {}],
  [
    'while shouldReconnect is pending',
    () => `${peer.ws}/status/503`,
    { shouldReconnect: () => new Promise(() => {}) },
  ],
])('rejects at once %s', async (_name, url, options) => {
  const controller = new AbortController()
  const { signal } = controller
  const pending = connect.forever(url as () => string, { ...AT_ONCE, ...options, signal }).next()
  setTimeout(() => controller.abort('enough'), 100)
  expect(await timed(() => expect(pending).rejects.toMatchObject(ABORTED))).toBeLessThan(1000)
})

test('does not connect at all if it is aborted before, and asks nothing', async () => {
  let asked = 0
  const shouldReconnect = () => {
    asked += 1
    return true
  }
  const options = { ...AT_ONCE, shouldReconnect, signal: AbortSignal.abort('enough') }
  await expect(connect.forever(peer.ws, options).next()).rejects.toMatchObject(ABORTED)
  expect(asked).toBe(0)
})

test('yields no connection that was opened while the signal was being aborted', async () => {
  const controller = new AbortController()
  const opened: unknown[] = []
  const abort = (event: unknown) => {
    opened.push(event)
    controller.abort('enough')
  }
  channel('websocket-rs:open').subscribe(abort)
  onTestFinished(() => void channel('websocket-rs:open').unsubscribe(abort))
  const pending = connect.forever(peer.ws, { ...AT_ONCE, signal: controller.signal }).next()
  await expect(pending).rejects.toMatchObject(ABORTED)
  expect(opened).toHaveLength(1)
})

test('follows the signal of the latest options', async () => {
  const [first, second] = [new AbortController(), new AbortController()]
  const signals = [first.signal, second.signal]
  const options = (attempt: number) => ({ ...AT_ONCE, signal: signals[Math.min(attempt, 1)] as AbortSignal })
  const url = (attempt: number) => (attempt === 0 ? `${peer.ws}/close?code=1011` : peer.ws)
  const loop = connect.forever(url, options)
  await ((await loop.next()).value as Connection).closed
  const { value: ws } = (await loop.next()) as { value: Connection }
  first.abort('not this one')
  await sleep(50)
  expect(ws.readyState).toBe(1)
  second.abort('enough')
  expect(await ws.closed).toMatchObject({ code: 1000 })
  await expect(loop.next()).rejects.toMatchObject(ABORTED)
})

test('leaves no listener on the signal', async () => {
  const controller = new AbortController()
  const { signal } = controller
  let [added, removed] = [0, 0]
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    added += 1
    add(...args)
  }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    removed += 1
    remove(...args)
  }
  let rounds = 0
  for await (const ws of connect.forever(`${peer.ws}/close?code=1011`, { ...AT_ONCE, signal })) {
    await ws.closed
    rounds += 1
    if (rounds === 5) break
  }
  expect(added).toBeGreaterThan(0)
  expect(removed).toBe(added)
})
