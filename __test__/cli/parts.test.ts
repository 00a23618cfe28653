// Parts of the command line whose effect takes long to see from outside.

import { expect, test } from 'vitest'
import { Heartbeat, Signals } from './modules.js'

test('the first signal closes, each other one terminates', () => {
  const calls: string[] = []
  const signals = new Signals({ close: () => calls.push('close'), terminate: () => calls.push('terminate') })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGINT'] as const) signals.interrupt(signal)
  signals.stop()
  expect(calls).toEqual(['close', 'terminate', 'terminate'])
  expect(signals.received).toBe('SIGTERM')
})

test('a heartbeat ends a connection on which no pong comes, and no other', async () => {
  const sent: Buffer[] = []
  let pongs = 0
  const expired = new Promise<number>((resolve) => {
    const heartbeat: Heartbeat = new Heartbeat(
      (payload) => {
        sent.push(payload)
        // Answers two pings.
        if (sent.length <= 2) setTimeout(() => (pongs += Number(heartbeat.handlePong(payload))), 1)
      },
      () => {
        heartbeat.stop()
        resolve(sent.length)
      },
      20,
      2000,
    )
    heartbeat.start(true)
  })
  expect(await expired).toBeGreaterThanOrEqual(3)
  expect(pongs).toBe(2)
})

test('a heartbeat that is stopped ends nothing, and pongs that it did not ask for are not its own', async () => {
  let expirations = 0
  const heartbeat = new Heartbeat(
    () => {},
    () => (expirations += 1),
    5,
    5,
  )
  heartbeat.start(true)
  const pending = heartbeat.ping(8, Number.POSITIVE_INFINITY)
  heartbeat.stop()
  expect(await pending).toBeUndefined()
  expect([heartbeat.handlePong(Buffer.alloc(8)), heartbeat.handlePong(Buffer.from('hi'))]).toEqual([
    false,
    false,
  ])
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(expirations).toBe(0)
})
