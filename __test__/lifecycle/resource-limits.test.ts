// Connects of a process at its limit of threads or of open files. The limits are Linux's.

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { type Program, start, success } from '../support/program.js'

const program = new URL('./programs/connect-on-signal.mjs', import.meta.url)

/** Runs as a user without other processes, because the limit of threads does not apply to root. */
const AS_USER = process.getuid?.() === 0 ? ['setpriv', '--reuid', '54321', '--clear-groups'] : []

const address = `${peer.ws}/echo`
const name = address.replace('127.0.0.1', 'localhost')

function limit(pid: number, what: string): void {
  const [command = '', ...args] = [...AS_USER, 'prlimit', '--pid', `${pid}`, what]
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
}

/** Returns the descriptor that the next open file gets. */
function nextFile(pid: number): number {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number))
  let next = 0
  while (open.has(next)) next += 1
  return next
}

/** Lets the program connect under one limit after another. Returns the lines it printed. */
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

describe.runIf(process.platform === 'linux')('connects', () => {
  test('fail with EAGAIN at the limit of threads, and succeed after it is raised', async () => {
    const running = start(program, [address, address, name, name], [], AS_USER)
    const [low, high] = [() => '--nproc=1:', () => '--nproc=10000:']
    expect(await connectUnder(running, [low, high, low, high])).toEqual([
      // The event loop connects to addresses without another thread.
      'promise open',
      'blocking ConnectError ERR_WS_CONNECT EAGAIN',
      ...both('open'),
      ...both('ConnectError ERR_WS_RESOLVE EAGAIN'),
      ...both('open'),
    ])
  })

  test('fail with EMFILE at the limit of open files, and succeed after it is raised', async () => {
    const running = start(program, [address, address, address, name, name], [], AS_USER)
    const [low, high] = [(pid: number) => `--nofile=${nextFile(pid)}:`, () => '--nofile=1024:']
    expect(await connectUnder(running, [low, high, low, low, high])).toEqual([
      ...both('ConnectError ERR_WS_CONNECT EMFILE'),
      ...both('open'),
      ...both('ConnectError ERR_WS_CONNECT EMFILE'),
      ...both('ConnectError ERR_WS_RESOLVE EMFILE'),
      ...both('open'),
    ])
  })
})
