// Arguments of the methods, and what a program reads and writes on an instance, on `ws` and on `websocket-rs/ws`, side by
// side.

import { once } from 'node:events'
import { describe } from 'vitest'
import { attempt, type Client, closed, open, same, shown, startServer } from './parity.js'

startServer()

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits until the peer has answered everything that was sent before. */
function settle(ws: Client): Promise<void> {
  return new Promise((resolve) => {
    ws.on('pong', (data) => {
      if (String(data) === 'settled') resolve()
    })
    ws.ping('settled')
  })
}

/** What programs send, right or wrong. */
const DATA: Record<string, unknown> = {
  undefined,
  null: null,
  number: 5,
  zero: 0,
  NaN: Number.NaN,
  bigint: 5n,
  object: {},
  array: [1, 2],
  text: 'x',
  'empty text': '',
  false: false,
  true: true,
  symbol: Symbol('s'),
  function: () => {},
  Date: new Date(0),
  Buffer: Buffer.from('b'),
  'empty Buffer': Buffer.alloc(0),
  Uint16Array: new Uint16Array([1, 2]),
  DataView: new DataView(new ArrayBuffer(2)),
  ArrayBuffer: new ArrayBuffer(3),
  Blob: new Blob(['blob']),
  'empty Blob': new Blob([]),
  String: new String('s'),
  'with toPrimitive': { [Symbol.toPrimitive]: () => 'primitive' },
  'like an array': { length: 2, 0: 1, 1: 2 },
  Error: new Error('e'),
}

describe('data', () => {
  for (const [name, data] of Object.entries(DATA)) {
    for (const method of ['send', 'ping', 'pong'] as const) {
      same(`${method}: ${name}`, async (WebSocket, url, log) => {
        const ws = open(WebSocket, url, log)
        await once(ws, 'open')
        const done = (error?: Error | null) => log('done', error ? shown(error) : undefined)
        attempt(log, () => (method === 'send' ? ws.send(data as string, done) : ws[method](data, true, done)))
        await settle(ws)
        ws.close()
        await closed(ws)
        attempt(log, () => ws[method](data as string))
        log(ws.bufferedAmount)
      })
    }
  }
})

describe('options of send', () => {
  for (const options of [
    null,
    undefined,
    {},
    { binary: undefined },
    { binary: 1 },
    { compress: undefined },
    5,
    'x',
  ]) {
    same(JSON.stringify(options) ?? 'undefined', async (WebSocket, url, log) => {
      const ws = open(WebSocket, url, log)
      await once(ws, 'open')
      attempt(log, () => ws.send('text', options as object, () => log('done')))
      attempt(log, () => ws.send(Buffer.from('bytes'), options as object))
      await settle(ws)
      ws.close()
      await closed(ws)
    })
  }

  same('fin: undefined', async (WebSocket, url, log) => {
    const ws = open(WebSocket, url, log)
    await once(ws, 'open')
    ws.send('a', { fin: undefined } as object)
    ws.send('b', { fin: true })
    await settle(ws)
    ws.close()
    await closed(ws)
  })
})

describe('arguments of ping', () => {
  const done = 'done'
  for (const args of [
    [],
    ['x'],
    ['x', true],
    ['x', undefined, done],
    ['x', done],
    [done],
    [5],
    ['x'.repeat(126)],
  ]) {
    same(JSON.stringify(args).slice(0, 30), async (WebSocket, url, log) => {
      const ws = open(WebSocket, url, log)
      await once(ws, 'open')
      const given = args.map((item) => (item === done ? () => log('done') : item))
      attempt(log, () => ws.ping(...(given as [])))
      await settle(ws)
      ws.close()
      await closed(ws)
    })
  }
})

describe('close', () => {
  const codes = [
    1000,
    1002,
    1004,
    1005,
    1006,
    1012,
    1014,
    1015,
    1016,
    2999,
    3000,
    4999,
    5000,
    0,
    -1,
    1.5,
    '1000',
    null,
  ]
  for (const code of codes) {
    same(`with code ${JSON.stringify(code)}`, async (WebSocket, url, log) => {
      const ws = open(WebSocket, url, log)
      await once(ws, 'open')
      attempt(log, () => ws.close(code as number))
      log(ws.readyState)
      if (ws.readyState === 1) ws.terminate()
      await closed(ws)
    })
  }

  const reasons = {
    '': '',
    number: 5,
    object: {},
    array: [1, 2],
    true: true,
    Buffer: Buffer.from('hi'),
    null: null,
  }
  for (const [name, reason] of Object.entries({ ...reasons, long: 'é'.repeat(62), limit: 'x'.repeat(123) })) {
    same(`with reason ${name}`, async (WebSocket, url, log) => {
      const ws = open(WebSocket, url, log)
      await once(ws, 'open')
      attempt(log, () => ws.close(4000, reason as string))
      log(ws.readyState)
      if (ws.readyState === 1) ws.terminate()
      await closed(ws)
    })
  }
})

describe('bufferedAmount', () => {
  same('in each state', async (WebSocket, url, log) => {
    const ws = open(WebSocket, url, log)
    log(ws.bufferedAmount)
    await once(ws, 'open')
    ws.send('abc')
    log(ws.bufferedAmount)
    ws.close()
    ws.send('abc')
    ws.send(new Blob(['1234']))
    log(ws.bufferedAmount)
    await closed(ws)
    log(ws.bufferedAmount)
  })

  same('counts what is compressed until it is sent', async (WebSocket, url, log) => {
    const options = { perMessageDeflate: { threshold: 0 } }
    const ws = new WebSocket(url, options)
    // The server of the tests has no compression, so this is the plain case of such a client.
    await once(ws, 'open')
    ws.send('abc', () => log('sent', ws.bufferedAmount))
    log(ws.bufferedAmount)
    ws.close()
    await closed(ws)
  })
})

describe('an instance', () => {
  same('has the properties of ws in for … in', async (WebSocket, url, log) => {
    const ws = open(WebSocket, url, log)
    const names: string[] = []
    for (const name in ws) if (!name.startsWith('_') && name !== 'setSocket') names.push(name)
    log(names.sort())
    ws.terminate()
    await closed(ws)
  })

  same('takes what a program writes onto it', async (WebSocket, url, log) => {
    const ws = open(WebSocket, url, log) as Client & Record<string, unknown>
    await once(ws, 'open')
    for (const name of ['_socket', '_sender', '_receiver', '_isServer', '_closeTimeout', '_anything']) {
      attempt(log, () => {
        const value = ws[name]
        Object.assign(ws, { [name]: value })
        return ws[name] === value
      })
    }
    for (const name of ['readyState', 'protocol', 'url', 'extensions', 'bufferedAmount', 'isPaused'])
      attempt(log, () => {
        Object.assign(ws, { [name]: 1 })
      })
    ws.terminate()
    await closed(ws)
  })

  same('shows undocumented properties', async (WebSocket, url, log) => {
    const ws = open(WebSocket, url, log) as unknown as Record<string, unknown>
    const names = [
      '_url',
      '_protocol',
      '_binaryType',
      '_paused',
      '_errorEmitted',
      '_readyState',
      '_closeCode',
    ]
    const more = [
      '_closeFrameReceived',
      '_closeFrameSent',
      '_bufferedAmount',
      '_autoPong',
      '_isServer',
      '_redirects',
    ]
    const show = () =>
      log(names.concat(more, '_closeTimeout').map((name) => String(ws[name]).replace(/\d{4,}/, '')))
    show()
    await once(ws as unknown as Client, 'open')
    show()
    ;(ws as unknown as Client).terminate()
    await closed(ws as unknown as Client)
  })

  same('runs the close() of a subclass for a close frame of the peer', async (WebSocket, url, log) => {
    class Sub extends WebSocket {
      override close(code?: number, reason?: string | Buffer): void {
        log('close()', code, reason, this.readyState)
        super.close(code, reason)
      }
    }
    const ws = open(Sub as typeof WebSocket, url, log)
    await once(ws, 'open')
    ws.send('close 4000')
    await closed(ws)
  })

  same('has every event pass an emit of its own', async (WebSocket, url, log) => {
    class Sub extends WebSocket {
      override emit(type: string | symbol, ...values: unknown[]): boolean {
        log(type, values.length)
        return super.emit(type, ...values)
      }
    }
    const ws = new Sub(url, { perMessageDeflate: false })
    ws.on('open', () => ws.close(1000))
    await closed(ws as unknown as Client)
    await pause(0)
  })
})

same('the request to a Unix socket has the path and the query', async (WebSocket, _url, log) => {
  for (const address of ['ws+unix:/none:/path?q=1', 'ws+unix:/none:/', 'ws+unix:/none']) {
    const ws = new WebSocket(address) as Client & { _req: { path: string } }
    log(address, ws._req.path)
    await once(ws, 'error')
  }
})
