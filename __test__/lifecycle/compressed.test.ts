// Messages that another thread compresses leave whatever the program does next: nothing runs its loop again.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { run } from '../support/program.js'

const program = new URL('./programs/compressed.mjs', import.meta.url)

/** Starts a server of another author, which decompresses. Its first connection is the one that is observed. */
async function listen() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: true })
  onTestFinished(() => server.close())
  await once(server, 'listening')
  const seeds: string[] = []
  let report = () => {}
  server.on('connection', (socket: WebSocket) => {
    socket.on('message', (data) => {
      const text = String(data)
      if (text === 'report') report = () => seeds.length === 3 && socket.send('three messages')
      else seeds.push(text.slice(0, 2))
      report()
    })
    socket.on('error', () => {})
  })
  const closed = once(server, 'connection').then(([socket]) => once(socket as WebSocket, 'close'))
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, seeds, closed }
}

const ALL = ['0:', '1:', '2:']

describe.each(['websocket-rs', 'websocket-rs/sync'])('%s', (api) => {
  test.each([
    ['process.exit()', 0],
    ['a listener of exit', 0],
    ['an uncaught exception', 1],
    ['close()', 0],
    ['the end of a Worker', 0],
    ['terminate() of a Worker', 0],
  ])('sends compressed messages before the end: %s', async (what, code) => {
    const { url, seeds, closed } = await listen()
    expect(await run(program, [api, url, what])).toMatchObject({ code, signal: null })
    await closed
    expect(seeds).toEqual(ALL)
  })
})

test('sends compressed messages before the end of a process with an unreferenced connection', async () => {
  const { url, seeds, closed } = await listen()
  expect(await run(program, ['websocket-rs', url, 'an unreferenced connection'])).toMatchObject({ code: 0 })
  await closed
  expect(seeds).toEqual(ALL)
})

test('sends compressed messages before a blocking call on another connection', async () => {
  const { url, seeds, closed } = await listen()
  const ending = await run(program, ['websocket-rs', url, 'a blocking call on another connection'])
  expect(ending).toMatchObject({ code: 0, lines: ['three messages'], stderr: '' })
  await closed
  expect(seeds).toEqual(ALL)
})

test('terminate() does not wait for what is being compressed', async () => {
  const { url, closed } = await listen()
  expect(await run(program, ['websocket-rs', url, 'terminate()'])).toMatchObject({ code: 0, stderr: '' })
  await closed
})
