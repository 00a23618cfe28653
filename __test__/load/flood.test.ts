// A peer that never stops sending: timers still run, and an unreferenced connection does not keep the process alive.

import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run, start, success } from '../support/program.js'
import { frame, Opcode } from '../wire/bytes.js'

const { Continuation, Pong, Text } = Opcode
const program = new URL('./programs/flood.mjs', import.meta.url)
const pinging = new URL('../support/programs/ping-flood.mjs', import.meta.url)

const times = (count: number, hex: string) => hex.repeat(count)
const FRAGMENT = frame(Continuation, '61', false)
const FLOODS = {
  pongs: times(2000, frame(Pong, '')),
  'empty text messages': times(2000, frame(Text, '')),
  'short text messages': times(1000, frame(Text, '68656c6c6f')),
  'binary messages of 4 KiB': times(4, `827e1000${'00'.repeat(4096)}`),
  'messages in tiny fragments': frame(Text, '61', false) + times(2000, FRAGMENT) + frame(Continuation, ''),
}

interface Report {
  /** The longest time between two runs of a timer, in ms. */
  gap: number
  /** The most turns that were pending at once. */
  immediates: number
  bytesReceived: number
  readyState: number
}

/** Returns the URL of a peer that repeats the same bytes. Pings come from a server that reads the pongs. */
async function flood(name: Kind): Promise<string> {
  if (name !== 'pings')
    return peer.script([{ accept: true }, { repeat: 1_000_000, hex: FLOODS[name], timeout: 60_000 }]).url
  return `ws://127.0.0.1:${await start(pinging, []).printed(/^\d+$/)}`
}

type Kind = 'pings' | keyof typeof FLOODS

describe.each(['pings', ...Object.keys(FLOODS)] as Kind[])('a flood of %s', (name) => {
  test('has one pending turn at a time, and timers run between turns', async () => {
    const ending = await run(program, [await flood(name), '3000'])
    expect(ending).toMatchObject({ code: 0, stderr: '' })
    const report = JSON.parse(ending.lines[0] as string) as Report
    expect(report.readyState).toBe(1)
    expect(report.bytesReceived).toBeGreaterThan(100_000)
    // One turn, and receiving that lets the loop turn. If a turn could request two, each iteration of the event loop would
    // double their number.
    expect(report.immediates).toBeLessThanOrEqual(2)
    expect(report.gap).toBeLessThan(500)
  })

  test('does not keep the process alive if the connection is unreferenced', async () => {
    expect(await run(program, [await flood(name), '300', 'unreferenced'])).toEqual(success('last timer'))
  })
})
