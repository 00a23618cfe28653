/** All cases, in the order of the report. */

import type { Case } from './case.js'
import { compressed } from './compressed.js'
import { compressedConnections } from './compressed-connections.js'
import { compressedDefaults } from './compressed-defaults.js'
import { compressedLoop } from './compressed-loop.js'
import { compressedActive, compressedIdle } from './compressed-memory.js'
import { compressedServers } from './compressed-servers.js'
import { connect } from './connect.js'
import { connections } from './connections.js'
import { echo } from './echo.js'
import { idle } from './idle.js'
import { loop } from './loop.js'
import { loopWork } from './loop-work.js'
import { neighbour } from './neighbour.js'
import { oneWay } from './one-way.js'
import { wholeProcess } from './process.js'
import { servers } from './servers.js'
import { sink } from './sink.js'
import { source } from './source.js'
import { text } from './text.js'
import { tls } from './tls.js'
import { waiting } from './waiting.js'

export const CASES: readonly Case[] = [
  echo,
  text,
  connections,
  tls,
  oneWay,
  source,
  sink,
  connect,
  idle,
  loop,
  loopWork,
  waiting,
  neighbour,
  wholeProcess,
  servers,
  compressed,
  compressedDefaults,
  compressedConnections,
  compressedLoop,
  compressedServers,
  compressedIdle,
  compressedActive,
]

/** The cases of `make bench-compression`, which has results and a report of its own. */
export const COMPRESSED_CASES = CASES.filter(({ cells }) => cells.some(({ kind }) => kind === 'json'))

/** The cases of `make bench`. */
export const PLAIN_CASES = CASES.filter((one) => !COMPRESSED_CASES.includes(one))

/** Returns the cases with these names. */
export function pickCases(names: readonly string[]): Case[] {
  return names.map((name) => {
    const found = CASES.find((one) => one.name === name)
    if (found === undefined) throw new Error(`unknown case: ${name}`)
    return found
  })
}
