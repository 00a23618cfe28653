// A peer that sends without end: timers have their turn all the same, and a process that waits for nothing else ends.

import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run, start, success } from '../support/program.js'
import { frame, Opcode } from '../wire/bytes.js'

const { Continuation, Pong, Text } = Opcode
const program = new URL('./programs/flood.mjs', import.meta.url)
const pinging = new URL('../support/programs/ping-flood.mjs', import.meta.url)

const times = (count: number, hex: string) => hex.repeat(count)
const PART = frame(Continuation, '61', false)
const FLOODS = {
  pongs: times(2000, frame(Pong, '')),
  'empty texts': times(2000, frame(Text, '')),
  'short texts': times(1000, frame(Text, '68656c6c6f')),
  'binary messages of 4 KiB': times(4, `827e1000${'00'.repeat(4096)}`),
  'messages in tiny fragments': frame(Text, '61', false) + times(2000, PART) + frame(Continuation, ''),
}

interface Report {
  gap: number
  immediates: number
  bytesReceived: number
  readyState: number
}

/** Sends the same bytes as often as the client takes them. Pings are from a server that takes the pongs. */
async function flood(name: Kind): Promise<string> {
  if (name !== 'pings')
    return peer.script([{ accept: true }, { repeat: 1_000_000, hex: FLOODS[name], timeout: 60_000 }]).url
  return `ws://127.0.0.1:${await start(pinging, []).printed(/^\d+$/)}`
}

type Kind = 'pings' | keyof typeof FLOODS

describe.each(['pings', ...Object.keys(FLOODS)] as Kind[])('a flood of %s', (name) => {
  test('has one turn at a time, and timers run in between', async () => {
    const ending = await run(program, [await flood(name), '3000'])
    expect(ending).toMatchObject({ code: 0, stderr: '' })
    const report = JSON.parse(ending.lines[0] as string) as Report
    expect(report.readyState).toBe(1)
    expect(report.bytesReceived).toBeGreaterThan(100_000)
    // With more than one under way each iteration of the loop would add to them.
    expect(report.immediates).toBeLessThanOrEqual(1)
    expect(report.gap).toBeLessThan(500)
  })

  test('does not keep an unreferenced process alive', async () => {
    expect(await run(program, [await flood(name), '300', 'unreferenced'])).toEqual(success('last timer'))
  })
})
