// Messages, pings, closing, violations and responses on `ws` and on `websocket-rs/ws`, side by side.

import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import Ours from 'websocket-rs/ws'
import type { ClientOptions } from 'ws'
import {
  type Client,
  classes,
  closed,
  onRaw,
  open,
  same,
  serverUrl,
  shown,
  startServer,
  switching,
  watch,
} from './parity.js'

startServer()

describe('messages', () => {
  same('arrive as Buffers with isBinary, in order', async (WebSocket, address, log) => {
    const ws = open(WebSocket, address, log)
    ws.on('open', () => {
      ws.send('text')
      ws.send(Buffer.from([1, 2, 3]))
      ws.send('')
      ws.send(new Uint16Array([1, 2]).buffer)
      ws.send(7)
      ws.send('three')
    })
    let count = 0
    ws.on('message', () => {
      if (++count === 8) ws.close(1000, 'done')
    })
    await closed(ws)
  })

  same('arrive in the form of binaryType', async (WebSocket, address, log) => {
    const ws = new WebSocket(address, { perMessageDeflate: false })
    const types = ['arraybuffer', 'fragments', 'nodebuffer'] as const
    let at = 0
    const next = () => {
      const type = types[at++]
      if (type === undefined) return ws.close()
      ws.binaryType = type
      return ws.send(Buffer.from('abc'))
    }
    ws.on('open', next)
    ws.on('message', (data) => {
      log(ws.binaryType, data)
      next()
    })
    await closed(ws)
  })

  same('reach both styles of listeners in the order of registration', async (WebSocket, address, log) => {
    const ws = new WebSocket(address, { perMessageDeflate: false })
    ws.addEventListener('message', (event) => log('first', event.type, event.data, event.target === ws))
    ws.on('message', (data) => log('second', data))
    ws.onmessage = (event) => {
      log('third', event.data)
      ws.close()
    }
    ws.addEventListener('message', { handleEvent: (event) => log('fourth', event.data) })
    ws.addEventListener('close', (event) => log(event.code, event.reason, event.wasClean))
    ws.addEventListener('open', () => ws.send('x'), { once: true })
    await closed(ws)
  })

  // `ws` reads nothing more after a listener has thrown: see docs/migrating.md.
  test('after a listener that throws are delivered when the exception has been reported', async () => {
    const seen: unknown[] = []
    const handlers = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    const uncaught = (error: Error) => void seen.push(error.message)
    process.on('uncaughtException', uncaught)
    const ws = new Ours(serverUrl())
    ws.on('open', () => ws.send('three'))
    ws.on('message', (data) => {
      seen.push(String(data))
      if (seen.length < 5) throw new Error(`thrown for ${data}`)
      ws.close()
    })
    await closed(ws as unknown as Client)
    process.off('uncaughtException', uncaught)
    for (const handler of handlers) process.on('uncaughtException', handler)
    expect(seen).toEqual(['1', 'thrown for 1', '2', 'thrown for 2', '3'])
  })
})

describe('send', () => {
  same(
    'calls back when the message is written, and with an error after the end',
    async (WebSocket, address, log) => {
      const ws = open(WebSocket, address, log)
      ws.on('open', () => {
        ws.send('x', (error) => {
          log('sent', error ?? undefined, ws.readyState)
          ws.close()
          ws.send('y', (late) => log('late', shown(late), ws.bufferedAmount))
          log(ws.bufferedAmount)
        })
      })
      ws.removeAllListeners('message')
      await closed(ws)
      ws.send('z', {}, (late) => log('closed', shown(late), ws.bufferedAmount))
      await new Promise(setImmediate)
    },
  )

  same('throws while connecting', async (WebSocket, address, log) => {
    const ws = open(WebSocket, address, log)
    for (const call of [() => ws.send('x'), () => ws.ping(), () => ws.pong()]) {
      try {
        call()
      } catch (error) {
        log(shown(error))
      }
    }
    ws.close()
    await closed(ws)
  })

  same('throws for what is no data', async (WebSocket, address, log) => {
    const ws = open(WebSocket, address, log)
    await once(ws, 'open')
    for (const data of [true, {}, Symbol('s'), () => {}]) {
      try {
        ws.send(data as never)
        log('accepted')
      } catch (error) {
        log(shown(error))
      }
    }
    ws.terminate()
    await closed(ws)
  })
})

describe('pings', () => {
  same('are answered and reported', async (WebSocket, address, log) => {
    const ws = open(WebSocket, address, log)
    ws.on('open', () => {
      ws.ping('hello', true, (error?: Error | null) => log('sent', error ?? undefined))
      ws.send('ping')
    })
    ws.on('ping', () => ws.send('close 4000'))
    await closed(ws)
  })
})

describe('close', () => {
  for (const args of [[], [1000], [1001, 'bye'], [4999, Buffer.from('é')]] as [
    number?,
    (string | Buffer)?,
  ][]) {
    same(`close(${args.map(String)})`, async (WebSocket, address, log) => {
      const ws = open(WebSocket, address, log)
      ws.on('open', () => {
        ws.close(...args)
        log(ws.readyState)
        ws.close()
      })
      await closed(ws)
      ws.close()
      ws.terminate()
      log(ws.readyState)
    })
  }

  for (const [code, reason] of [[1006], [1], ['x'], [1000, 'x'.repeat(124)]] as [number, string?][]) {
    same(`close(${code}, ${reason?.length}) throws`, async (WebSocket, address, log) => {
      const ws = open(WebSocket, address, log)
      await once(ws, 'open')
      try {
        ws.close(code, reason)
      } catch (error) {
        log(shown(error))
      }
      ws.terminate()
      await closed(ws)
    })
  }

  same('by the peer, with code and reason', async (WebSocket, address, log) => {
    const ws = open(WebSocket, address, log)
    ws.on('open', () => ws.send('close 4000'))
    await closed(ws)
  })

  same('without a close frame is 1006', async (WebSocket, address, log) => {
    const ws = open(WebSocket, address, log)
    ws.on('open', () => ws.send('terminate'))
    await closed(ws)
  })

  for (const method of ['close', 'terminate'] as const) {
    same(`${method}() while connecting`, async (WebSocket, address, log) => {
      const ws = open(WebSocket, address, log)
      ws[method]()
      log(ws.readyState)
      await closed(ws)
    })

    same(`${method}() in 'open'`, async (WebSocket, address, log) => {
      const ws = open(WebSocket, address, log)
      ws.on('open', () => {
        ws[method]()
        log(ws.readyState)
      })
      await closed(ws)
    })

    same(`${method}() in 'upgrade'`, async (WebSocket, address, log) => {
      const ws = open(WebSocket, address, log)
      ws.on('upgrade', () => ws[method]())
      await closed(ws)
    })

    same(
      `${method}() in 'message' delivers no more of what came with it`,
      async (WebSocket, address, log) => {
        const ws = open(WebSocket, address, () => {})
        ws.on('open', () => ws.send('three'))
        ws.once('message', () => ws[method]())
        ws.on('close', (code) => log('close', code))
        await closed(ws)
      },
    )
  }
})

describe('pause', () => {
  same('holds messages until resume', async (WebSocket, address, log) => {
    const ws = open(WebSocket, address, log)
    await once(ws, 'open')
    ws.pause()
    ws.send('a')
    await new Promise((resolve) => setTimeout(resolve, 50))
    log('resume', ws.isPaused)
    ws.resume()
    await once(ws, 'message')
    ws.close()
    await closed(ws)
  })
})

/** Frames that violate the protocol: first bytes and name. */
const VIOLATIONS: [string, string][] = [
  ['reserved opcode', '8500'],
  ['reserved control opcode', '8b00'],
  ['RSV1', 'c100'],
  ['RSV2', 'a100'],
  ['masked', '818000000000'],
  ['fragmented ping', '0900'],
  ['long ping', '897e0080'],
  ['continuation without a message', '8000'],
  ['new message within a message', '010161810161'],
  ['close code 1005', '880203ed'],
  ['close frame of one byte', '880101'],
  ['text that is not UTF-8', '8101ff'],
  ['close reason that is not UTF-8', '880303e8ff'],
  ['message too big', '8204'],
]

describe('violations', () => {
  for (const [name, frame] of VIOLATIONS) {
    same(name, async (WebSocket, address, log) => {
      onRaw.set('/violation', (socket, key) => {
        socket.write(switching(key))
        setTimeout(() => socket.write(Buffer.from(frame, 'hex')), 20)
        socket.on('data', () => socket.end())
      })
      const ws = open(WebSocket, `${address}/violation`, log, { maxPayload: 3 })
      await closed(ws)
    })
  }
})

/** Responses that do not open a connection. */
const RESPONSES: [string, (key: string) => string, options?: ClientOptions, protocols?: string[]][] = [
  ['401', () => 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'],
  ['302 that is not followed', () => 'HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n'],
  ['a wrong accept key', () => switching('x')],
  ['another protocol to upgrade to', (key) => switching(key).replace('websocket', 'h2c')],
  ['a subprotocol that was not requested', (key) => switching(key, 'Sec-WebSocket-Protocol: a\r\n')],
  ['another subprotocol', (key) => switching(key, 'Sec-WebSocket-Protocol: b\r\n'), {}, ['a']],
  ['no subprotocol', (key) => switching(key), {}, ['a']],
  ['an extension', (key) => switching(key, 'Sec-WebSocket-Extensions: x\r\n')],
]

describe('responses', () => {
  for (const [name, make, options, protocols] of RESPONSES) {
    same(name, async (WebSocket, address, log) => {
      onRaw.set('/response', (socket, key) => socket.end(make(key)))
      const ws = watch(
        new WebSocket(`${address}/response`, protocols, { perMessageDeflate: false, ...options }),
        log,
      )
      await closed(ws)
    })
  }

  same('unexpected-response has request and response', async (WebSocket, address, log) => {
    onRaw.set('/body', (socket) =>
      socket.end('HTTP/1.1 403 Forbidden\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 3\r\n\r\nfoo'),
    )
    const ws = open(WebSocket, `${address}/body`, log)
    ws.on('unexpected-response', (request, response) => {
      log(request.method, request.path, request.getHeader('upgrade'))
      log(response.statusCode, response.statusMessage, response.headers['x-a'], response.rawHeaders)
      response.on('data', (data) => log(data))
      response.on('end', () => ws.terminate())
    })
    await closed(ws)
  })

  same('a refused connection', async (WebSocket, _address, log) => {
    const ws = open(WebSocket, 'ws://127.0.0.1:1', log)
    await closed(ws)
  })

  same('a handshake that takes too long', async (WebSocket, address, log) => {
    onRaw.set('/slow', () => {})
    const ws = open(WebSocket, `${address}/slow`, log, { handshakeTimeout: 50 })
    await closed(ws)
  })

  same('an aborted signal', async (WebSocket, address, log) => {
    onRaw.set('/abort', () => {})
    const controller = new AbortController()
    const ws = open(WebSocket, `${address}/abort`, log, { signal: controller.signal } as ClientOptions)
    setTimeout(() => controller.abort(), 20)
    await closed(ws)
  })

  same('redirects', async (WebSocket, address, log) => {
    onRaw.set('/redirect', (socket) => socket.end(`HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n`))
    const ws = open(WebSocket, `${address}/redirect`, log, { followRedirects: true, headers: { 'X-A': 'b' } })
    ws.on('redirect', (to, request) => log(new URL(to).pathname, request.path, request.getHeader('x-a')))
    ws.on('open', () => ws.close(1000))
    await closed(ws)
  })
})

describe('an error without a listener', () => {
  same('is an uncaught exception', async (WebSocket, _address, log) => {
    const handlers = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    const caught = once(process, 'uncaughtException')
    new WebSocket('ws://127.0.0.1:1')
    const [error] = await caught
    log(shown(error))
    for (const handler of handlers) process.on('uncaughtException', handler)
  })
})

describe('the class', () => {
  same('keeps own properties and is no thenable', async (WebSocket, address, log) => {
    class Sub extends WebSocket {
      id = 1
      override send() {
        log('replaced')
      }
    }
    const ws = new Sub(address) as unknown as Client & Record<string, unknown>
    ws.isAlive = true
    ws.ping = (() => log('own ping')) as never
    ws.ping()
    ws.send('x')
    log(
      ws instanceof WebSocket,
      ws.id,
      ws.isAlive,
      'then' in ws,
      ws.url === `${address}/`,
      ws.protocol,
      ws.extensions,
    )
    log(WebSocket.OPEN, ws.CLOSED, Object.keys(ws).includes('id'))
    ws.on('error', () => {})
    ws.terminate()
    await closed(ws)
  })

  same('throws for addresses, subprotocols and versions', async (WebSocket, address, log) => {
    const bad = [['x'], ['ftp://x'], ['ws://a#b'], ['ws+unix:'], [address, 'a b'], [address, ['a', 'a']]]
    for (const args of [...bad, [address, { protocolVersion: 9 }]]) {
      try {
        new WebSocket(...(args as [string]))
      } catch (error) {
        log(shown(error))
      }
    }
  })

  test.each(classes)(
    'makes and drops 10 000 instances',
    async (WebSocket) => {
      let ends = 0
      for (let round = 0; round < 100; round++) {
        const batch = Array.from({ length: 100 }, () => {
          const ws = new WebSocket('ws://127.0.0.1:1')
          ws.on('error', () => {})
          ws.on('close', () => ends++)
          ws.close()
          return ws
        })
        await Promise.all(batch.map(closed))
      }
      expect(ends).toBe(10_000)
    },
    60_000,
  )
})
