// sendMany: iterables, async iterables, and what is refused.

import { describe, expect, test } from 'vitest'
import { connect as connectAsync } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

describe.each(apis)('$name', ({ connect }) => {
  test.each([
    ['a string', 'abc'],
    ['undefined', undefined],
    ['null', null],
    ['a number', 5],
    ['an object', {}],
    ['a promise', Promise.resolve(['a'])],
  ])('refuses %s', async (_name, value) => {
    const ws = await connect(peer.ws)
    await expect(async () => ws.sendMany(value as never)).rejects.toMatchObject({
      name: 'TypeError',
      code: 'ERR_WS_INVALID_DATA',
      message: expect.stringContaining('sendMany()'),
    })
    expect(ws.stats().messagesSent).toBe(0)
    ws.terminate()
  })

  test('says which of the messages cannot be sent', async () => {
    const ws = await connect(peer.ws)
    await expect(async () => ws.sendMany(['a', 5 as never])).rejects.toMatchObject({
      code: 'ERR_WS_INVALID_DATA',
    })
    expect(await ws.recv()).toBe('a')
    ws.terminate()
  })
})

describe('promise API', () => {
  async function* slowly(): AsyncGenerator<string> {
    for (const each of ['a', 'b', 'c']) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      yield each
    }
  }

  test('sends the messages of an async iterable as they come', async () => {
    const ws = await connectAsync(peer.ws)
    const sent = ws.sendMany(slowly())
    expect(await ws.recv()).toBe('a')
    expect(ws.stats().messagesSent).toBeLessThan(3)
    await sent
    expect([await ws.recv(), await ws.recv()]).toEqual(['b', 'c'])
    ws.terminate()
  })

  test('rejects with what the async iterable throws, and leaves it if a send fails', async () => {
    const ws = await connectAsync(peer.ws)
    async function* failing() {
      yield 'a'
      throw new RangeError('no more')
    }
    await expect(ws.sendMany(failing())).rejects.toThrow('no more')
    let isLeft = false
    async function* endless() {
      try {
        for (;;) yield 'x'
      } finally {
        isLeft = true
      }
    }
    const sent = ws.sendMany(endless())
    await ws.recv()
    ws.terminate()
    await expect(sent).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
    expect(isLeft).toBe(true)
  })

  async function* silent(): AsyncGenerator<string> {
    yield 'a'
    await new Promise(() => {})
  }

  test('rejects if its signal is aborted while the async iterable is silent', async () => {
    const ws = await connectAsync(peer.ws)
    const sent = ws.sendMany(silent(), { signal: AbortSignal.timeout(20) })
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' })
    expect(await ws.recv()).toBe('a')
    await ws.send('b')
    expect(await ws.recv()).toBe('b')
    ws.terminate()
  })

  test.each(['close', 'terminate'] as const)(
    'rejects after %s() while the async iterable is silent',
    async (end) => {
      const ws = await connectAsync(peer.ws)
      const sent = ws.sendMany(silent())
      await ws.recv()
      const ended = ws[end]()
      await expect(sent).rejects.toMatchObject({ code: 'ERR_WS_CLOSED' })
      await ended
    },
  )

  test('sends nothing of an async iterable that goes on after its call was aborted', async () => {
    const ws = await connectAsync(peer.ws)
    const controller = new AbortController()
    let next = () => {}
    let isLeft = false
    async function* slow() {
      try {
        await new Promise<void>((resolve) => {
          next = resolve
        })
        yield 'late'
      } finally {
        isLeft = true
      }
    }
    const sent = ws.sendMany(slow(), { signal: controller.signal })
    controller.abort()
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' })
    next()
    await new Promise(setImmediate)
    expect(isLeft).toBe(true)
    expect(ws.stats().messagesSent).toBe(0)
    ws.terminate()
  })
})
