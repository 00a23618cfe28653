// sendJSON, recvJSON and json(): values instead of messages.

import { describe, expect, test } from 'vitest'
import { InvalidJSONError } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

describe.each(apis)('$name', ({ connect, isBlocking }) => {
  test.each([null, true, 1.5, 'text', [1, { a: [] }], { ключ: '値\u2028' }])(
    'carries %j both ways',
    async (value) => {
      const ws = await connect(peer.ws)
      await ws.sendJSON(value)
      expect(await ws.recvJSON()).toEqual(value)
      ws.terminate()
    },
  )

  test('sends text, as JSON.stringify gives it', async () => {
    const ws = await connect(peer.ws)
    const value = { date: new Date(0), left: undefined, toJSON: undefined }
    await ws.sendJSON(value)
    expect(await ws.recv()).toBe(JSON.stringify(value))
    ws.terminate()
  })

  const cycle: unknown[] = []
  cycle.push(cycle)

  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a BigInt', 1n],
    ['a cycle', cycle],
  ])('refuses to send %s', async (_name, value) => {
    const ws = await connect(peer.ws)
    await expect(async () => ws.sendJSON(value)).rejects.toMatchObject({
      name: 'TypeError',
      code: 'ERR_WS_INVALID_DATA',
    })
    expect(ws.stats().messagesSent).toBe(0)
    ws.terminate()
  })

  test('parses binary messages as UTF-8', async () => {
    const ws = await connect(peer.ws)
    await ws.send(Buffer.from('{"ä":1}'))
    expect(await ws.recvJSON()).toEqual({ ä: 1 })
    ws.terminate()
  })

  test('rejects a message that is not JSON, with the message, and goes on', async () => {
    const ws = await connect(peer.ws)
    await ws.send('{"a":')
    await ws.sendJSON(2)
    const error = await Promise.resolve()
      .then(() => ws.recvJSON())
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(InvalidJSONError)
    expect(error).toMatchObject({ name: 'InvalidJSONError', code: 'ERR_WS_INVALID_JSON', data: '{"a":' })
    expect((error as Error).cause).toBeInstanceOf(SyntaxError)
    expect(ws.readyState).toBe(1)
    expect(await ws.recvJSON()).toBe(2)
    ws.terminate()
  })

  test('json() iterates to the end of the connection', async () => {
    const ws = await connect(`${peer.ws}/source?count=5&size=1&kind=text`)
    const values: number[] = []
    for await (const value of ws.json<number>() as AsyncIterable<number>) values.push(value)
    expect(values).toEqual([0, 1, 2, 3, 4])
  })

  test('json() throws on a message that is not JSON and can be asked for the next', async () => {
    const ws = await connect(peer.ws)
    for (const text of ['1', 'x', '3']) await ws.send(text)
    const values = ws.json<number>() as AsyncIterator<number>
    expect((await values.next()).value).toBe(1)
    await expect(async () => values.next()).rejects.toMatchObject({ code: 'ERR_WS_INVALID_JSON', data: 'x' })
    expect((await values.next()).value).toBe(3)
    ws.terminate()
  })

  test('leaving the loop of json() leaves the connection open', async () => {
    const ws = await connect(peer.ws)
    for (const value of [1, 2]) await ws.sendJSON(value)
    const values = ws.json() as AsyncIterableIterator<unknown>
    for await (const _ of values) break
    expect(await values.next()).toEqual({ value: undefined, done: true })
    expect(await ws.recvJSON()).toBe(2)
    ws.terminate()
  })

  test('recvJSON honours timeout', async () => {
    const ws = await connect(peer.ws)
    await expect(async () => ws.recvJSON({ timeout: 20 })).rejects.toMatchObject({
      code: 'ERR_WS_RECEIVE_TIMEOUT',
    })
    expect(isBlocking || ws.readyState === 1).toBe(true)
    ws.terminate()
  })
})
