/** A process that is busy on one core and does nothing of use. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { pinned } from './placement.js'

/** It ends by itself, should nobody live to end it; no case takes as long. */
const LONGEST = 5 * 60_000
const PROGRAM = `console.log('busy'); const end = Date.now() + ${LONGEST}; while (Date.now() < end);`

/** Starts one on a core, and says when it is busy. */
export async function startNeighbour(core: number | undefined): Promise<ChildProcess> {
  const [file, ...args] = pinned(core, [process.execPath, '-e', PROGRAM])
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the neighbour is not busy')))
  await Promise.race([once(child.stdout, 'data'), ended])
  // That it ends later is as it should be.
  ended.catch(() => {})
  return child
}
