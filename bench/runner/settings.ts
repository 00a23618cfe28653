/** What the environment may change of a run: MILLISECONDS, ROUNDS, CASES, CONTENDERS. */

import type { Case } from '../cases/case.js'
import { CASES, pickCases } from '../cases/index.js'
import { CONTENDERS, type Contender, pick } from './contenders.js'

function listOf(name: string): string[] | undefined {
  return process.env[name]?.split(',').filter((item) => item !== '')
}

function numberOf(name: string): number | undefined {
  const text = process.env[name]
  if (text === undefined || text === '') return undefined
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new Error(`${name}=${text} is no positive whole number`)
  return number
}

/** The cases of a run, with the rounds and times that were asked for. */
export function chosenCases(): Case[] {
  const names = listOf('CASES')?.filter((name) => name !== 'footprint')
  const rounds = numberOf('ROUNDS')
  const milliseconds = numberOf('MILLISECONDS')
  return (names === undefined ? [...CASES] : pickCases(names)).map((one) => ({
    ...one,
    rounds: rounds ?? one.rounds,
    milliseconds: milliseconds ?? one.milliseconds,
  }))
}

/** Whether some cases are left as they were measured before. */
export function leavesOut(): boolean {
  return listOf('CASES') !== undefined
}

/** Whether import times and sizes are wanted too. */
export function wantsFootprint(): boolean {
  return listOf('CASES')?.includes('footprint') ?? true
}

/** Those who take part in a run. */
export function chosenContenders(): Contender[] {
  const ids = listOf('CONTENDERS')
  return ids === undefined ? CONTENDERS : pick(ids)
}

/** Rounds, where they were asked for. */
export function chosenRounds(otherwise: number): number {
  return numberOf('ROUNDS') ?? otherwise
}

/** Time for each cell, where it was asked for. */
export function chosenMilliseconds(otherwise: number): number {
  return numberOf('MILLISECONDS') ?? otherwise
}
