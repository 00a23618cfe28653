// libuv's handles of sockets: each is closed before its descriptor, and started again after libuv has stopped it because
// of an error.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { start, success } from '../support/program.js'
import { frame } from '../wire/bytes.js'

const program = new URL('./programs/endings.mjs', import.meta.url)
const ENDINGS = ['closed', 'terminated', 'failed', 'lost']

// epoll exists on Linux only.
describe.runIf(process.platform === 'linux')("libuv's handles of sockets", () => {
  const folder = mkdtempSync(join(tmpdir(), 'websocket-rs-'))
  const library = join(folder, 'epoll.so')
  const source = fileURLToPath(new URL('./programs/epoll.c', import.meta.url))
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', library, source, '-ldl'])
  afterAll(() => rmSync(folder, { recursive: true }))

  const run = (...environment: string[]) => {
    const failing = peer.script([{ accept: true }, { hex: frame(3, '') }, { readToEnd: true }]).url
    const wrapper = ['env', `LD_PRELOAD=${library}`, ...environment]
    return start(program, [peer.ws, failing], [], wrapper).ended
  }

  test('are closed before their descriptors', async () => {
    expect(await run()).toEqual(success(...ENDINGS))
  })

  test('are started again after libuv has stopped them because of an error', async () => {
    expect(await run('SPURIOUS_ERRORS=1')).toEqual(success(...ENDINGS))
  })
})
