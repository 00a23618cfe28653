// The suite for other platforms passes on this one: `make test-cross` runs it on musl and on arm64.

import { expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run } from '../support/program.js'

test('passes with the Node that runs the tests', async () => {
  const { ws, wss, ca } = peer
  const { code, lines, stderr } = await run(new URL('suite.mjs', import.meta.url), [
    JSON.stringify({ ws, wss, ca }),
  ])
  expect({ code, failed: lines.filter((line) => /^\s*(not ok|✖)/.test(line)), stderr }).toEqual({
    code: 0,
    failed: [],
    stderr: '',
  })
  expect(lines.filter((line) => /^\s*(ok|✔) /.test(line)).length).toBeGreaterThanOrEqual(16)
}, 300_000)
