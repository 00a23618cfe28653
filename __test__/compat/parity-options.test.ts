// Options, present and `undefined` among them, on `ws` and on `websocket-rs/ws`, side by side.

import { once } from 'node:events'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { type LookupFunction, Socket } from 'node:net'
import { describe } from 'vitest'
import type { ClientOptions } from 'ws'
import {
  attempt,
  type Client,
  closed,
  type Log,
  onRaw,
  open,
  requests,
  same,
  shown,
  startServer,
  switching,
  watch,
} from './parity.js'

startServer()

/** Opens a connection, has it pinged and echo a text, and closes it. */
async function exchange(ws: Client, log: Log): Promise<void> {
  ws.on('open', () => {
    ws.send('ping')
    ws.send('text')
  })
  ws.on('message', () => ws.close(1000))
  await closed(ws)
  log(requests.map(({ url, headers }) => [url, headers.host === undefined, headers.cookie, headers.origin]))
}

/** Options that `ws` or Node have, and names that neither has. */
const NAMES = [
  ...['autoPong', 'allowSynchronousEvents', 'perMessageDeflate', 'protocolVersion', 'maxPayload'],
  ...[
    'followRedirects',
    'maxRedirects',
    'handshakeTimeout',
    'headers',
    'origin',
    'auth',
    'lookup',
    'localAddress',
  ],
  ...['agent', 'createConnection', 'finishRequest', 'generateMask', 'maxFragments', 'maxBufferedChunks'],
  ...[
    'maxPendingAutoPongs',
    'skipUTF8Validation',
    'protocols',
    'protocol',
    'host',
    'hostname',
    'port',
    'path',
  ],
  ...[
    'socketPath',
    'timeout',
    'method',
    'family',
    'signal',
    'servername',
    'rejectUnauthorized',
    'ca',
    'cert',
  ],
  ...['key', 'pfx', 'ciphers', 'checkServerIdentity', 'minVersion', 'passphrase', 'localPort', 'hints'],
  ...['setHost', 'insecureHTTPParser', 'maxHeaderSize', 'reconnect', 'objectMode', 'defaultPort'],
]

describe('options that are present and undefined', () => {
  for (const name of NAMES) {
    same(name, async (WebSocket, url, log) => {
      let ws: Client
      try {
        ws = open(WebSocket, url, log, { [name]: undefined })
      } catch (error) {
        log(shown(error))
        return
      }
      await exchange(ws, log)
    })
  }
})

/** Values that are no use to any option, but that programs pass where they mean none. */
const EMPTY: [string, unknown][] = [
  ...['lookup', 'localAddress', 'signal', 'origin', 'auth', 'createConnection', 'finishRequest'].map(
    (name): [string, unknown] => [name, null],
  ),
  ...['lookup', 'localAddress', 'auth', 'pfx', 'ciphers', 'passphrase'].map((name): [string, unknown] => [
    name,
    '',
  ]),
  ...['agent', 'lookup', 'checkServerIdentity', 'perMessageDeflate', 'followRedirects', 'autoPong'].map(
    (name): [string, unknown] => [name, false],
  ),
]

describe('options that are empty', () => {
  for (const [name, value] of EMPTY) {
    same(`${name}: ${value === '' ? "''" : value}`, async (WebSocket, url, log) => {
      await exchange(open(WebSocket, url, log, { [name]: value }), log)
    })
  }
})

describe('options that are ignored', () => {
  for (const name of [
    'timeout',
    'host',
    'port',
    'path',
    'method',
    'hostname',
    'protocol',
    'socketPath',
    'reconnect',
  ]) {
    same(name, async (WebSocket, url, log) => {
      const value = name === 'timeout' || name === 'port' ? 1 : 'other'
      await exchange(open(WebSocket, `${url}/path?query=1`, log, { [name]: value }), log)
    })
  }
})

describe('options that are refused', () => {
  for (const options of [
    { protocolVersion: 7 },
    { protocolVersion: '13' },
    { handshakeTimeout: '50' },
    { handshakeTimeout: -1 },
    { handshakeTimeout: null },
    { headers: { 'a b': 'x' } },
    { headers: { a: 'x\r\ny' } },
    { headers: { a: undefined } },
    { origin: 'x\ny' },
    { signal: 5 },
    { protocols: null },
    { protocols: 'a b' },
  ]) {
    same(JSON.stringify(options), async (WebSocket, url, log) => {
      attempt(log, () => new WebSocket(url, options as ClientOptions))
    })
  }

  same('in the order of ws', async (WebSocket, url, log) => {
    attempt(log, () => new WebSocket('x', ['a', 'a'], { protocolVersion: 7 }))
    attempt(log, () => new WebSocket('x', ['a', 'a']))
    attempt(log, () => new WebSocket(url, ['a', 'a'], { headers: { 'a b': 'x' } }))
    attempt(log, () => new WebSocket(undefined as never))
    attempt(log, () => (WebSocket as unknown as () => void)())
  })
})

describe('closeTimeout', () => {
  for (const closeTimeout of [0, -1, Number.NaN, 50, '50', undefined, null]) {
    same(String(closeTimeout), async (WebSocket, url, log) => {
      onRaw.set('/deaf', (socket, key) => socket.write(switching(key)))
      const ws = open(WebSocket, `${url}/deaf`, log, { closeTimeout } as ClientOptions)
      ws.on('open', () => ws.close(1000))
      await closed(ws)
    })
  }
})

describe('dialing', () => {
  const lookups: Record<string, LookupFunction> = {
    'finds an address': (_, __, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
    'calls back with an error': (_, __, done) =>
      done(Object.assign(new Error('none'), { code: 'ENONE' }), ''),
    throws: () => {
      throw new Error('thrown')
    },
  }
  for (const [name, lookup] of Object.entries(lookups)) {
    same(`with a lookup that ${name}`, async (WebSocket, url, log) => {
      const ws = open(WebSocket, url.replace('127.0.0.1', 'some.host'), log, { lookup } as ClientOptions)
      ws.on('open', () => ws.close(1000))
      await closed(ws)
    })
  }

  same('from a localAddress', async (WebSocket, url, log) => {
    const ws = open(WebSocket, url, log, { localAddress: '127.0.0.1' })
    await once(ws, 'open')
    const { localAddress, remoteAddress } = (ws as unknown as { _socket: import('node:net').Socket })._socket
    log(localAddress, remoteAddress)
    ws.close()
    await closed(ws)
  })
})

describe('what a function of the program gets', () => {
  const given = {
    ...{
      family: 4,
      hints: 0,
      lookup: () => {},
      localAddress: '127.0.0.1',
      localPort: 0,
      timeout: 500,
      custom: 3,
    },
    ...{
      servername: 'x',
      ca: 'x',
      rejectUnauthorized: false,
      keepAlive: true,
      noDelay: false,
      ALPNProtocols: ['x'],
    },
    ...{
      host: 'other',
      hostname: 'other',
      port: 5,
      path: '/other',
      socketPath: '/other',
      method: 'POST',
      auth: 'a:b',
    },
    ...{ protocol: 'x', protocols: 'y', handshakeTimeout: 700, maxPayload: 5 },
  }
  /** The options that have a value, with the names of the functions that each class brings left out. */
  const valuesOf = (options: object) =>
    Object.entries(options)
      .filter(
        ([name, value]) => value !== undefined && name !== 'createConnection' && name !== '_defaultAgent',
      )
      .map(([name, value]) => [name, typeof value === 'function' ? 'function' : String(value)])
      .sort()

  /** A stream that fails. */
  const failing = () => {
    const stream = new Socket()
    setImmediate(() => stream.destroy(new Error('no connection')))
    return stream
  }

  for (const scheme of ['ws', 'wss']) {
    for (const options of [{}, given]) {
      const name = `${scheme}, ${Object.keys(options).length} options`
      same(`createConnection: ${name}`, async (WebSocket, _url, log) => {
        const createConnection = (each: object) => {
          log(valuesOf(each))
          return failing()
        }
        const ws = watch(
          new WebSocket(`${scheme}://127.0.0.1:1/path?query`, {
            ...options,
            createConnection,
          } as ClientOptions),
          log,
        )
        await closed(ws)
      })

      same(`an agent: ${name}`, async (WebSocket, _url, log) => {
        class Recording extends (scheme === 'ws' ? HttpAgent : HttpsAgent) {
          override createConnection(each: object) {
            log(valuesOf(each))
            return failing()
          }
        }
        const agent = new Recording()
        const ws = watch(
          new WebSocket(`${scheme}://127.0.0.1:1/path?query`, { ...options, agent } as ClientOptions),
          log,
        )
        await closed(ws)
      })
    }
  }
})

describe('an AbortSignal', () => {
  for (const when of ['before', 'while connecting', 'after opening']) {
    same(`that is aborted ${when}`, async (WebSocket, url, log) => {
      const controller = new AbortController()
      if (when === 'before') controller.abort()
      const ws = open(WebSocket, url, log, { signal: controller.signal } as ClientOptions)
      if (when === 'while connecting') controller.abort()
      if (when === 'after opening') ws.on('open', () => controller.abort())
      await closed(ws)
    })
  }
})

/** Headers that must not reach another host. */
const PRIVATE = { headers: { Cookie: 'a=b', Authorization: 'Basic x', 'X-A': '1', Host: 'some.host' } }

describe('redirects', () => {
  const targets: Record<string, (url: string) => string> = {
    'to the same host': () => '/there',
    'to another host': (url) => `${url.replace('127.0.0.1', 'localhost')}/there`,
    'with credentials': (url) => `${url.replace('//', '//user:pass@')}/there`,
    'to nowhere': () => '',
    'with a fragment': () => '/there#here',
    'to another scheme': () => 'ftp://some.host',
  }
  for (const [name, target] of Object.entries(targets)) {
    for (const options of [PRIVATE, { auth: 'me:secret' }, {}]) {
      for (const listens of [false, true]) {
        const title = `${name}, ${Object.keys(options)}, ${listens ? 'with' : 'without'} a listener`
        same(title, async (WebSocket, url, log) => {
          onRaw.set('/redirect', (socket) =>
            socket.end(`HTTP/1.1 302 Found\r\nLocation: ${target(url)}\r\n\r\n`),
          )
          const ws = watch(
            new WebSocket(`${url}/redirect`, { perMessageDeflate: false, followRedirects: true, ...options }),
            log,
          )
          if (listens)
            ws.on('redirect', (to, request) => {
              log(to.replace(/\d{4,}/, ''), request.getHeader('cookie'), request.getHeader('authorization'))
            })
          ws.on('open', () => ws.close(1000))
          await closed(ws)
          log(
            requests.map(({ url: path, headers }) => [
              path,
              headers.cookie,
              headers.authorization,
              headers['x-a'],
            ]),
          )
        })
      }
    }
  }

  same('without a limit if maxRedirects is undefined', async (WebSocket, url, log) => {
    let count = 0
    onRaw.set('/again', (socket) => {
      count += 1
      socket.end(`HTTP/1.1 302 Found\r\nLocation: ${count > 12 ? '/end' : '/again'}\r\n\r\n`)
    })
    const ws = open(WebSocket, `${url}/again`, log, { followRedirects: true, maxRedirects: undefined })
    ws.on('open', () => ws.close())
    await closed(ws)
    log(count)
  })

  same("destroyed in 'redirect' with an error", async (WebSocket, url, log) => {
    onRaw.set('/redirect', (socket) => socket.end('HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n'))
    const ws = open(WebSocket, `${url}/redirect`, log, { followRedirects: true })
    ws.on('redirect', (_, request) => request.destroy(new Error('mine')))
    await closed(ws)
  })
})
