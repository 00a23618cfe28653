// Tracing: all events of a connection share one context object, in order, and run in the async context of the caller.

import { AsyncLocalStorage } from 'node:async_hooks'
import { type Channel, channel, tracingChannel } from 'node:diagnostics_channel'
import type { LookupFunction } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ConnectContext, connect } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { run, success } from '../support/program.js'

const PLAIN = ['connect', 'open', 'error', 'close'] as const
const TRACED = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const

const names = [
  ...PLAIN.map((name) => `websocket-rs:${name}`),
  ...TRACED.map((name) => `tracing:websocket-rs.connect:${name}`),
]

/** Returns the context object of an event. */
const contextOf = (message: unknown): ConnectContext =>
  (message as { context?: ConnectContext }).context ?? (message as ConnectContext)

/** Subscribes to a channel until the test has finished. */
function subscribe(each: Channel, listener: (message: unknown, name: string | symbol) => void): void {
  each.subscribe(listener)
  onTestFinished(() => {
    each.unsubscribe(listener)
  })
}

/** Records the short names and contexts of all events until the test has finished. */
function recordEvents(): { name: string; context: ConnectContext }[] {
  const events: { name: string; context: ConnectContext }[] = []
  for (const name of names)
    subscribe(channel(name), (message) => {
      const short = name.replace('tracing:websocket-rs.connect:', '~').replace('websocket-rs:', '')
      events.push({ name: short, context: contextOf(message) })
    })
  return events
}

const OPENING = {
  promise: ['~start', 'connect', '~end', '~asyncStart', 'open', '~asyncEnd'],
  blocking: ['~start', 'connect', 'open', '~end'],
}
const FAILING = {
  promise: ['~start', 'connect', '~end', '~error', '~asyncStart', 'error', '~asyncEnd'],
  blocking: ['~start', 'connect', '~error', 'error', '~end'],
}

describe.each(apis)('$name', ({ connect, isBlocking }) => {
  const kind = isBlocking ? 'blocking' : 'promise'

  test('passes one context object to all events of a connection', async () => {
    const events = recordEvents()
    const connection = await connect(peer.ws)
    await connection.close()
    expect(events.map(({ name }) => name)).toEqual([...OPENING[kind], 'close'])
    expect(new Set(events.map(({ context }) => context)).size).toBe(1)
    expect(events[0]?.context.result === connection).toBe(true)
  })

  test('passes one context object to all events of a failure', async () => {
    const events = recordEvents()
    const error = await connect(`${peer.ws}/status/503`).catch((error: unknown) => error)
    expect(events.map(({ name }) => name)).toEqual(FAILING[kind])
    expect(new Set(events.map(({ context }) => context)).size).toBe(1)
    expect(events[0]?.context.error).toBe(error)
  })

  test('distinguishes concurrent connect() calls by their context objects', async () => {
    // An exporter of spans uses the context object as a key in this way.
    const spans = new WeakMap<ConnectContext, string[]>()
    const contexts: ConnectContext[] = []
    for (const name of PLAIN)
      subscribe(channel(`websocket-rs:${name}`), (message) => {
        const context = contextOf(message)
        if (name === 'connect') contexts.push(context)
        const span = spans.get(context) ?? []
        spans.set(context, [...span, name])
      })
    const urls = [peer.ws, `${peer.ws}/status/404`, peer.ws]
    const results = await Promise.allSettled(urls.map((url) => connect(url)))
    for (const result of results.reverse()) if (result.status === 'fulfilled') await result.value.close()
    expect(contexts.map((context) => spans.get(context))).toEqual([
      ['connect', 'open', 'close'],
      ['connect', 'error'],
      ['connect', 'open', 'close'],
    ])
  })

  test.each(['websocket-rs:connect', 'tracing:websocket-rs.connect:start'])(
    'provides a store bound to %s to all events and to lookup, but not to the caller',
    async (name) => {
      const storage = new AsyncLocalStorage<object>()
      channel(name).bindStore(storage as AsyncLocalStorage<unknown>, (message) => contextOf(message))
      onTestFinished(() => {
        channel(name).unbindStore(storage as AsyncLocalStorage<unknown>)
      })
      const stores: [string | symbol, boolean][] = []
      for (const each of names.filter((one) => !/start$/.test(one)))
        subscribe(channel(each), (message, source) => {
          stores.push([source, storage.getStore() === contextOf(message)])
        })
      let atLookup: unknown
      const lookup: LookupFunction = (_host, _options, done) => {
        atLookup = storage.getStore()
        done(null, [{ address: '127.0.0.1', family: 4 }])
      }
      const ws = await connect(peer.ws.replace('127.0.0.1', 'some.test'), { lookup })
      expect(storage.getStore()).toBeUndefined()
      await ws.close()
      expect((atLookup as ConnectContext).result === ws).toBe(true)
      // `end` is published after the stores of `connect` have been left, though not those of `start`.
      const others = stores.filter(([each]) => each !== 'tracing:websocket-rs.connect:end')
      expect(others.map(([, isProvided]) => isProvided)).toEqual(others.map(() => true))
      expect(others.length).toBeGreaterThan(2)
    },
  )

  test('publishes in the async context of the caller of connect()', async () => {
    const storage = new AsyncLocalStorage<string>()
    const stores: [string, unknown][] = []
    for (const name of PLAIN)
      subscribe(channel(`websocket-rs:${name}`), () => stores.push([name, storage.getStore()]))
    const ws = await storage.run('caller', () => connect(peer.ws))
    await storage.run('closer', () => ws.close())
    await storage.run('other', () => connect(`${peer.ws}/status/404`).catch(() => {}))
    expect(stores).toEqual([
      ['connect', 'caller'],
      ['open', 'caller'],
      ['close', 'caller'],
      ['connect', 'other'],
      ['error', 'other'],
    ])
  })

  test('publishes open before close to every subscriber if one ends the connection', async () => {
    const first: string[] = []
    const second: string[] = []
    subscribe(channel('websocket-rs:open'), (message) => {
      first.push('open')
      ;(message as { connection: { terminate(): void } }).connection.terminate()
    })
    subscribe(channel('websocket-rs:close'), () => first.push('close'))
    subscribe(channel('websocket-rs:open'), () => second.push('open'))
    subscribe(channel('websocket-rs:close'), () => second.push('close'))
    const ws = await connect(peer.ws)
    expect(ws.readyState).toBe(3)
    expect([first, second]).toEqual([
      ['open', 'close'],
      ['open', 'close'],
    ])
  })
})

test.each([
  ['resets', [{ reset: true }]],
  ['closes', [{ hex: '880203e8' }, { close: true }]],
  ['violates the protocol', [{ hex: 'ffff' }, { close: true }]],
])('publishes open before close if the peer %s while the connection opens', async (_what, steps) => {
  const events = recordEvents()
  const script = peer.script([{ accept: true }, ...steps])
  const connecting = connect(script.url, { pingInterval: 1 })
  // The connection opens and ends meanwhile. The timer of its keepalive is the first to notice.
  for (const start = Date.now(); Date.now() - start < 300; );
  const ws = await connecting
  await expect(ws.recv()).rejects.toThrow()
  ws.terminate()
  const plain = events.map(({ name }) => name).filter((name) => !name.startsWith('~'))
  expect(plain).toEqual(['connect', 'open', 'close'])
})

test('publishes the events that tracingChannel subscribes to', async () => {
  const events: string[] = []
  const subscribers = Object.fromEntries(
    TRACED.map((name) => [name, () => events.push(name)]),
  ) as unknown as Parameters<ReturnType<typeof tracingChannel>['subscribe']>[0]
  const traced = tracingChannel('websocket-rs.connect')
  traced.subscribe(subscribers)
  onTestFinished(() => {
    traced.unsubscribe(subscribers)
  })
  const ws = await connect(peer.ws)
  ws.terminate()
  expect(events).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
})

test('keeps connections open if subscribers throw', async () => {
  const program = await run(new URL('programs/throwing-subscriber.mjs', import.meta.url), [peer.ws])
  expect(program).toEqual(success('promise: echoed, 1000', 'blocking: echoed, 1000', 'uncaught: 20 of 20'))
})

describe.each(apis)('async context of the caller, $name', ({ connect, isBlocking }) => {
  test('is available in lookup of concurrent connect() calls', async () => {
    const storage = new AsyncLocalStorage<number>()
    const stores: unknown[] = []
    const lookup: LookupFunction = (_host, _options, done) => {
      stores.push(storage.getStore())
      done(null, [{ address: '127.0.0.1', family: 4 }])
    }
    const url = peer.ws.replace('127.0.0.1', 'some.test')
    const opened = await Promise.all([1, 2, 3].map((at) => storage.run(at, () => connect(url, { lookup }))))
    for (const ws of opened) ws.terminate()
    expect(stores.sort()).toEqual([1, 2, 3])
  })

  test('is kept after each call', async () => {
    const storage = new AsyncLocalStorage<string>()
    await storage.run('mine', async () => {
      const ws = await connect(`${peer.ws}/echo`)
      await ws.send('x')
      await ws.recv()
      expect(storage.getStore()).toBe('mine')
      await ws.ping()
      expect(storage.getStore()).toBe('mine')
      await ws.send('y')
      for await (const _message of ws as AsyncIterable<unknown>) break
      expect(storage.getStore()).toBe('mine')
      await ws.close()
      expect(storage.getStore()).toBe('mine')
    })
    expect(isBlocking).toBeTypeOf('boolean')
  })
})

test('calls shouldReconnect and lookup in the async context of the loop', async () => {
  const storage = new AsyncLocalStorage<string>()
  const stores: unknown[] = []
  const lookup: LookupFunction = (_host, _options, done) => {
    stores.push(storage.getStore())
    done(null, [{ address: '127.0.0.1', family: 4 }])
  }
  const url = `${peer.ws.replace('127.0.0.1', 'some.test')}/close?after=0`
  const shouldReconnect = () => {
    stores.push(storage.getStore())
    return stores.length < 4
  }
  await storage.run('loop', async () => {
    const options = { lookup, shouldReconnect, backoff: { initial: 1 } }
    for await (const ws of connect.forever(url, options)) for await (const _message of ws);
  })
  expect(stores).toEqual(['loop', 'loop', 'loop', 'loop'])
})

test('keeps the async context of a call that is aborted from another one', async () => {
  const storage = new AsyncLocalStorage<string>()
  const ws = await connect(peer.ws)
  const controller = new AbortController()
  const caught = storage.run('waiter', () =>
    ws.recv({ signal: controller.signal }).catch(() => storage.getStore()),
  )
  await sleep(10)
  storage.run('aborter', () => controller.abort())
  expect(await caught).toBe('waiter')
  ws.terminate()
})

test.each(names)('%s is published if it alone has a subscriber', async (name) => {
  let published = 0
  subscribe(channel(name), () => {
    published += 1
  })
  const ws = await connect(`${peer.ws}/echo`)
  await ws.close()
  await expect(connect('ws://127.0.0.1:1')).rejects.toMatchObject({ phase: expect.any(String) })
  expect(published).toBeGreaterThan(0)
})
