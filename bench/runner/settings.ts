/** The settings of a run from the environment: MILLISECONDS, ROUNDS, CASES, CONTENDERS. */

import type { Case } from '../cases/case.js'
import { PLAIN_CASES, pickCases } from '../cases/index.js'
import { CONTENDERS, type Contender, pick } from './contenders.js'

function listOf(name: string): string[] | undefined {
  return process.env[name]?.split(',').filter((item) => item !== '')
}

function numberOf(name: string): number | undefined {
  const text = process.env[name]
  if (text === undefined || text === '') return undefined
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`${name} must be a positive integer, not ${text}`)
  return number
}

/** Returns the cases of a run with the requested rounds and times. */
export function chosenCases(): Case[] {
  const names = listOf('CASES')?.filter((name) => name !== 'footprint')
  const rounds = numberOf('ROUNDS')
  const milliseconds = numberOf('MILLISECONDS')
  return (names === undefined ? [...PLAIN_CASES] : pickCases(names)).map((one) => ({
    ...one,
    rounds: rounds ?? one.rounds,
    milliseconds: milliseconds ?? one.milliseconds,
  }))
}

/** Whether only some cases or contenders are run. */
export function runsSome(): boolean {
  return listOf('CASES') !== undefined || listOf('CONTENDERS') !== undefined
}

/** Whether load times and sizes are measured too. */
export function wantsFootprint(): boolean {
  return listOf('CASES')?.includes('footprint') ?? true
}

/** Returns the contenders of a run. */
export function chosenContenders(): Contender[] {
  const ids = listOf('CONTENDERS')
  return ids === undefined ? CONTENDERS : pick(ids)
}

/** Returns the requested number of rounds, or the given one. */
export function chosenRounds(otherwise: number): number {
  return numberOf('ROUNDS') ?? otherwise
}

/** Returns the requested time for each cell, or the given one. */
export function chosenMilliseconds(otherwise: number): number {
  return numberOf('MILLISECONDS') ?? otherwise
}
