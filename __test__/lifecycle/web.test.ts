// Processes with the web API: when they end, exceptions of listeners, and unreferenced instances.

import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run, success } from '../support/program.js'

const program = new URL('./programs/web.mjs', import.meta.url)
const source = () => `${peer.ws}/source?count=2&size=1&kind=text`

// What is said of undici's WebSocket, which is Node's global, is what a program sees that changes to the web API.
describe.each(['websocket-rs/web', 'undici'])('%s', (module) => {
  const start = (action: string, url: string) => run(program, [module, action, url])

  test('lets the process end when the connection has ended', async () => {
    expect(await start('untilClosed', source())).toEqual(success('open', 'message', 'message', 'close'))
  })

  test('lets the process end when no connection could be opened', async () => {
    expect(await start('untilClosed', 'ws://127.0.0.1:1')).toEqual(success('error', 'close'))
  })

  test('keeps the process alive while the connection is open', async () => {
    expect(await start('open', `${peer.ws}/slow?delay=500`)).toEqual(success('open', 'late', 'close'))
  })

  test('ends the process with an uncaught exception of a handler', async () => {
    const { code, lines, stderr } = await start('uncaught', `${peer.ws}/echo`)
    expect([code, lines]).toEqual([1, []])
    expect(stderr).toContain('Error: on purpose')
  })
})

test('reports exceptions of handlers and listeners as uncaught, and goes on', async () => {
  expect(await run(program, ['websocket-rs/web', 'throwing', `${peer.ws}/source?count=1&size=1`])).toEqual(
    success('uncaught handler', 'uncaught listener', 'closed'),
  )
})

test('10 000 unreferenced instances are closed and collected', async () => {
  const ending = await run(program, ['websocket-rs/web', 'dropped', source()], ['--expose-gc'])
  expect(ending).toEqual(success('closed 10000', 'flat'))
}, 120_000)
