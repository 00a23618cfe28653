// One object for one connect, from its beginning to the end of its connection, in order, in the caller's context.

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

/** What an event says of its connect. */
const contextOf = (message: unknown): ConnectContext =>
  (message as { context?: ConnectContext }).context ?? (message as ConnectContext)

/** Subscribes to a channel until the test is over. */
function hear(each: Channel, listener: (message: unknown, name: string | symbol) => void): void {
  each.subscribe(listener)
  onTestFinished(() => {
    each.unsubscribe(listener)
  })
}

/** All events until the test is over: short names and contexts. */
function listen(): { name: string; context: ConnectContext }[] {
  const heard: { name: string; context: ConnectContext }[] = []
  for (const name of names)
    hear(channel(name), (message) => {
      const short = name.replace('tracing:websocket-rs.connect:', '~').replace('websocket-rs:', '')
      heard.push({ name: short, context: contextOf(message) })
    })
  return heard
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

  test('gives one object to all events of a connection', async () => {
    const heard = listen()
    const connection = await connect(peer.ws)
    await connection.close()
    expect(heard.map(({ name }) => name)).toEqual([...OPENING[kind], 'close'])
    expect(new Set(heard.map(({ context }) => context)).size).toBe(1)
    expect(heard[0]?.context.result === connection).toBe(true)
  })

  test('gives one object to all events of a failure', async () => {
    const heard = listen()
    const error = await connect(`${peer.ws}/status/503`).catch((error: unknown) => error)
    expect(heard.map(({ name }) => name)).toEqual(FAILING[kind])
    expect(new Set(heard.map(({ context }) => context)).size).toBe(1)
    expect(heard[0]?.context.error).toBe(error)
  })

  test('tells connects that run at once apart', async () => {
    // As an exporter of spans does it.
    const spans = new WeakMap<ConnectContext, string[]>()
    const contexts: ConnectContext[] = []
    for (const name of PLAIN)
      hear(channel(`websocket-rs:${name}`), (message) => {
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
    'a store bound to %s is there for all events and for lookup, and not for the caller',
    async (name) => {
      const storage = new AsyncLocalStorage<object>()
      channel(name).bindStore(storage as AsyncLocalStorage<unknown>, (message) => contextOf(message))
      onTestFinished(() => {
        channel(name).unbindStore(storage as AsyncLocalStorage<unknown>)
      })
      const heard: [string | symbol, boolean][] = []
      for (const each of names.filter((one) => !/start$/.test(one)))
        hear(channel(each), (message, heardOn) => {
          heard.push([heardOn, storage.getStore() === contextOf(message)])
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
      // Published once the stores of `connect` are gone, though not those of `start`.
      const others = heard.filter(([each]) => each !== 'tracing:websocket-rs.connect:end')
      expect(others.map(([, isThere]) => isThere)).toEqual(others.map(() => true))
      expect(others.length).toBeGreaterThan(2)
    },
  )

  test('publishes in the context of the caller of connect', async () => {
    const storage = new AsyncLocalStorage<string>()
    const stores: [string, unknown][] = []
    for (const name of PLAIN)
      hear(channel(`websocket-rs:${name}`), () => stores.push([name, storage.getStore()]))
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

  test('tells of the end after the opening, to every subscriber, if one ends the connection', async () => {
    const first: string[] = []
    const second: string[] = []
    hear(channel('websocket-rs:open'), (message) => {
      first.push('open')
      ;(message as { connection: { terminate(): void } }).connection.terminate()
    })
    hear(channel('websocket-rs:close'), () => first.push('close'))
    hear(channel('websocket-rs:open'), () => second.push('open'))
    hear(channel('websocket-rs:close'), () => second.push('close'))
    const ws = await connect(peer.ws)
    expect(ws.readyState).toBe(3)
    expect([first, second]).toEqual([
      ['open', 'close'],
      ['open', 'close'],
    ])
  })
})

test.each([
  ['a reset', [{ reset: true }]],
  ['a close frame', [{ hex: '880203e8' }, { close: true }]],
  ['a break of the protocol', [{ hex: 'ffff' }, { close: true }]],
])(
  'a connection that %s ends while it opens is told of first as open, then as closed',
  async (_what, steps) => {
    const heard = listen()
    const script = peer.script([{ accept: true }, ...steps])
    const connecting = connect(script.url, { pingInterval: 1 })
    // It opens and ends meanwhile, and its keepalive finds that out before anything else does.
    for (const start = Date.now(); Date.now() - start < 300; );
    const ws = await connecting
    await expect(ws.recv()).rejects.toThrow()
    ws.terminate()
    const plain = heard.map(({ name }) => name).filter((name) => !name.startsWith('~'))
    expect(plain).toEqual(['connect', 'open', 'close'])
  },
)

test('tracingChannel subscribes to all of it', async () => {
  const heard: string[] = []
  const subscribers = Object.fromEntries(
    TRACED.map((name) => [name, () => heard.push(name)]),
  ) as unknown as Parameters<ReturnType<typeof tracingChannel>['subscribe']>[0]
  const traced = tracingChannel('websocket-rs.connect')
  traced.subscribe(subscribers)
  onTestFinished(() => {
    traced.unsubscribe(subscribers)
  })
  const ws = await connect(peer.ws)
  ws.terminate()
  expect(heard).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
})

test('a subscriber that throws ends no connection', async () => {
  const program = await run(new URL('programs/throwing-subscriber.mjs', import.meta.url), [peer.ws])
  expect(program).toEqual(success('promise: echoed, 1000', 'blocking: echoed, 1000', 'uncaught: 20 of 20'))
})

describe.each(apis)('the store of the caller, $name', ({ connect, isBlocking }) => {
  test('is there in lookup when others connect as well', async () => {
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

  test('is there after each call that waits', async () => {
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

test('the store of the loop is there in shouldReconnect, and in lookup', async () => {
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

test('the store of an abort is that of who aborts or who added the listener, as with any EventTarget', async () => {
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
