// Large texts lie in memory that the package lends to V8: bounded, unchanged while the program keeps them, and given back.

import { expect, test } from 'vitest'
import { MIB } from './flat.js'
import { reportOf } from './report.js'

const program = new URL('./programs/large-texts.mjs', import.meta.url)
/** V8 collects after 64 MiB, some late. If it were not told of texts, 128 MiB would be lent before others are copied. */
const MAX_DEAD = 120 * MIB
const TIMEOUT = 120_000

const report = <T>(what: string) => reportOf<T>(program, what)

test(
  'a thousand texts that are kept are unchanged when others have been received and collected',
  async () => {
    expect(await report('keep')).toEqual({ count: 1000, intact: true })
  },
  TIMEOUT,
)

test(
  'V8 is told of texts and of their end, so that they are collected before much is lent',
  async () => {
    const { most, left, resident } = await report<Record<'most' | 'left' | 'resident', number>>('drop')
    expect(most).toBeLessThanOrEqual(MAX_DEAD)
    expect(left).toBeLessThanOrEqual(MIB)
    expect(resident).toBeLessThanOrEqual(320 * MIB)
  },
  TIMEOUT,
)

test(
  'a program of blocking calls, which never returns to the event loop, accumulates none',
  async () => {
    const { growth } = await report<{ growth: number }>('dropBlocking')
    expect(growth).toBeLessThanOrEqual(96 * MIB)
  },
  TIMEOUT,
)

test(
  'Workers that end while they hold texts give back the memory',
  async () => {
    const { growth, ...passed } = await report<{ growth: number }>('endWorkers')
    expect(passed).toEqual({ count: 12, intact: true })
    expect(growth).toBeLessThanOrEqual(96 * MIB)
  },
  TIMEOUT,
)
