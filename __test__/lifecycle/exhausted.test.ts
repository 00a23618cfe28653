// A process that has no thread or no file left, and has some again. Limits are Linux's.

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { type Program, start, success } from '../support/program.js'

const program = new URL('./programs/exhausted.mjs', import.meta.url)

/** A user without other processes: limits of threads do not apply to root. */
const AS_USER = process.getuid?.() === 0 ? ['setpriv', '--reuid', '54321', '--clear-groups'] : []

const address = `${peer.ws}/echo`
const name = address.replace('127.0.0.1', 'localhost')

function limit(pid: number, what: string): void {
  const [command = '', ...args] = [...AS_USER, 'prlimit', '--pid', `${pid}`, what]
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
}

/** The number that the next file would have. */
function nextFile(pid: number): number {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number))
  let next = 0
  while (open.has(next)) next += 1
  return next
}

/** Has the program connect, each time under another limit, and gives what it printed. */
async function connectUnder(running: Program, limits: ((pid: number) => string)[]): Promise<unknown> {
  await running.printed('ready')
  for (const [index, choose] of limits.entries()) {
    limit(running.pid, choose(running.pid))
    running.kill('SIGUSR2')
    await running.printed(`${index + 1} done`)
  }
  const { lines, ...ending } = await running.ended
  expect({ ...ending, lines: [] }).toEqual(success())
  return lines.filter((line) => /promise|blocking/.test(line)).map((line) => line.replace(/^\d /, ''))
}

const both = (outcome: string) => [`promise ${outcome}`, `blocking ${outcome}`]

describe.runIf(process.platform === 'linux')('a process', () => {
  test('without threads: connects fail with EAGAIN, and succeed once there are some', async () => {
    const running = start(program, [address, address, name, name], [], AS_USER)
    const [none, some] = [() => '--nproc=1:', () => '--nproc=10000:']
    expect(await connectUnder(running, [none, some, none, some])).toEqual([
      ...both('ConnectError ERR_WS_CONNECT EAGAIN'),
      ...both('open'),
      ...both('ConnectError ERR_WS_RESOLVE EAGAIN'),
      ...both('open'),
    ])
  })

  test('without files: connects fail with EMFILE, and succeed once there are some', async () => {
    const running = start(program, [address, address, address, name, name], [], AS_USER)
    const [none, some] = [(pid: number) => `--nofile=${nextFile(pid)}:`, () => '--nofile=1024:']
    expect(await connectUnder(running, [none, some, none, none, some])).toEqual([
      ...both('ConnectError ERR_WS_CONNECT EMFILE'),
      ...both('open'),
      ...both('ConnectError ERR_WS_CONNECT EMFILE'),
      ...both('ConnectError ERR_WS_RESOLVE EMFILE'),
      ...both('open'),
    ])
  })
})
