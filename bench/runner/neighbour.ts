/** Starts a process that keeps one core busy. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { pinned } from './placement.js'

/** The process ends after this time if it is not killed before, in ms. No case takes as long. */
const LONGEST = 5 * 60_000
const PROGRAM = `console.log('busy'); const end = Date.now() + ${LONGEST}; while (Date.now() < end);`

/** Starts the process on a core and waits until it is running. */
export async function startNeighbour(core: number | undefined): Promise<ChildProcess> {
  const [file, ...args] = pinned(core, [process.execPath, '-e', PROGRAM])
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the neighbour process has ended')))
  await Promise.race([once(child.stdout, 'data'), ended])
  // It is killed at the end of the case.
  ended.catch(() => {})
  return child
}
