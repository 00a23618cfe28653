// Large binary messages are read into Buffers that belong to the program alone: unchanged while it keeps them, bounded
// while a peer only announces them, and given back however the connection ends.

import { expect, test } from 'vitest'
import { MIB } from './flat.js'
import { reportOf } from './report.js'

const program = new URL('./programs/large-buffers.mjs', import.meta.url)
const TIMEOUT = 120_000

const report = <T>(what: string) => reportOf<T>(program, what)

test(
  'messages that are kept are unchanged when the memory of others has been transferred or collected',
  async () => {
    expect(await report('keep')).toEqual({ count: 25, intact: true, own: true })
  },
  TIMEOUT,
)

test(
  'a program of blocking calls, which never returns to the event loop, accumulates none',
  async () => {
    const { growth } = await report<{ growth: number }>('dropBlocking')
    expect(growth).toBeLessThanOrEqual(128 * MIB)
  },
  TIMEOUT,
)

test(
  'headers of messages that do not come take little memory, which is given back when the connections end',
  async () => {
    const taken = await report<Record<'external' | 'resident' | 'left', number>>('announced')
    expect(taken.external).toBeLessThanOrEqual(97 * MIB)
    expect(taken.resident).toBeLessThanOrEqual(48 * MIB)
    expect(taken.left).toBeLessThanOrEqual(MIB)
  },
  TIMEOUT,
)

test.runIf(process.platform === 'linux')(
  'headers of messages for which there is no memory do not end the process',
  async () => {
    expect(await report('scarce')).toEqual({ count: 6 })
  },
  TIMEOUT,
)

test(
  'Workers end in the middle of messages, and the process continues',
  async () => {
    expect(await report('endWorkers')).toEqual({ count: 12, intact: true })
  },
  TIMEOUT,
)
