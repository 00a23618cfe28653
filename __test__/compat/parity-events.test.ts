// Listeners, and the order of what they see, on `ws` and on `websocket-rs/ws`, side by side.

import EventEmitter, { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { describe } from 'vitest'
import { attempt, type Class, closed, type Log, onRaw, open, same, startServer, switching } from './parity.js'

startServer()

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Opens a connection to a peer that sends frames in one write when it has been written to. */
async function openTo(WebSocket: Class, url: string, log: Log, frames: string) {
  onRaw.set('/frames', (socket: Socket, key: string) => {
    socket.write(switching(key))
    socket.once('data', () => {
      socket.write(Buffer.from(frames, 'hex'))
      socket.on('data', () => socket.end())
    })
  })
  const ws = open(WebSocket, `${url}/frames`, log)
  await once(ws, 'open')
  ws.send('go')
  return ws
}

/** The texts 1, 2 and 3, and a close frame with 1000. */
const TEXTS = '810131810132810133'
const CLOSE = '880203e8'

describe('addEventListener', () => {
  same('adds a function once, for known types only', async (WebSocket, url, log) => {
    const ws = open(WebSocket, url, log)
    const listener = () => log('heard')
    for (const type of ['open', 'open', 'other'])
      log(ws.addEventListener(type as 'open', listener), ws.listenerCount(type))
    ws.removeEventListener('open', listener)
    log(ws.listenerCount('open'))
    ws.close()
    await closed(ws)
  })

  for (const options of [
    undefined,
    {},
    { once: true },
    { once: 1 },
    { once: false },
    { capture: true },
    true,
    5,
  ]) {
    same(`with options ${JSON.stringify(options)}`, async (WebSocket, url, log) => {
      const ws = open(WebSocket, url, log)
      ws.addEventListener('message', ({ data }) => log('heard', data), options as object)
      ws.on('open', () => ws.send('three'))
      ws.on('message', (data) => String(data) === '3' && ws.close())
      await closed(ws)
    })
  }

  same('calls handleEvent and functions with their own this', async (WebSocket, url, log) => {
    const ws = open(WebSocket, url, log)
    const object = {
      handleEvent(this: unknown, event: { data: unknown }) {
        log(this === object, event.data)
      },
    }
    ws.addEventListener('message', object)
    ws.addEventListener('message', function (this: unknown) {
      log(this === ws)
      ws.close()
    })
    ws.on('open', () => ws.send('x'))
    await closed(ws)
  })

  same('removes a listener that is to be called once', async (WebSocket, url, log) => {
    const ws = open(WebSocket, url, log)
    const listener = () => log('heard')
    ws.addEventListener('open', listener, { once: true })
    ws.removeEventListener('open', listener)
    ws.on('open', () => ws.close())
    await closed(ws)
  })
})

describe('on… attributes', () => {
  same('hold functions only, and keep no place when replaced', async (WebSocket, url, log) => {
    const ws = open(WebSocket, url, log)
    ws.onmessage = () => log('first')
    ws.on('message', () => log('emitter'))
    ws.onmessage = () => log('second')
    ws.on('open', () => ws.send('x'))
    await once(ws, 'message')
    for (const value of [null, undefined, 5, { handleEvent() {} }]) {
      ws.onmessage = value as never
      log(ws.onmessage, ws.listenerCount('message'))
    }
    ws.onmessage = () => log('third')
    ws.removeAllListeners('message')
    log(ws.onmessage)
    ws.close()
    await closed(ws)
  })
})

describe('events', () => {
  same('have their data in getters of the prototype', async (WebSocket, url, log) => {
    const ws = open(WebSocket, url, log)
    const show = (event: object) => {
      const names = new Set<string>()
      for (const name in event) names.add(name)
      log(event.constructor.name, Object.keys(event), [...names].sort())
      attempt(log, () => {
        ;(event as { type: string }).type = 'other'
      })
    }
    ws.onopen = (event) => {
      show(event)
      ws.send('x')
    }
    ws.onmessage = (event) => {
      show(event)
      ws.close()
    }
    ws.onclose = show
    await closed(ws)
  })

  same('of an error carry it', async (WebSocket, _, log) => {
    const ws = new WebSocket('ws://127.0.0.1:1')
    ws.onerror = ({ type, message, error, target }) =>
      log(type, message, error instanceof Error, target === ws)
    ws.onclose = ({ code, reason, wasClean }) => log(code, reason, wasClean, ws.readyState)
    await closed(ws)
  })

  same('that a program emits reach both styles', async (WebSocket, url, log) => {
    const ws = open(WebSocket, url, log)
    await once(ws, 'open')
    ws.addEventListener('message', ({ data }) => log(data))
    ws.emit('message', 'text', false)
    ws.emit('message', Buffer.from('bytes'), false)
    ws.emit('message', Buffer.from('bytes'), true)
    ws.close()
    await closed(ws)
  })

  same('reach events.on and events.once', async (WebSocket, url, log) => {
    const ws = open(WebSocket, url, log)
    await once(ws, 'open')
    const received = EventEmitter.on(ws, 'message')
    ws.send('three')
    for await (const [data, isBinary] of received) {
      log(String(data), isBinary)
      if (String(data) === '3') break
    }
    log(ws.listenerCount('message'))
    ws.close()
    await closed(ws)
  })

  same('of listeners are emitted', async (WebSocket, url, log) => {
    const ws = open(WebSocket, url, log)
    ws.on('newListener', (type) => log('added', type))
    ws.on('removeListener', (type) => log('removed', type))
    const listener = () => {}
    ws.on('message', listener)
    ws.addEventListener('message', listener)
    ws.onmessage = listener
    ws.off('message', listener)
    ws.onmessage = null
    ws.removeEventListener('message', listener)
    ws.close()
    await closed(ws)
  })
})

describe('the order of', () => {
  same('messages that come together, and microtasks', async (WebSocket, url, log) => {
    const ws = await openTo(WebSocket, url, log, TEXTS + CLOSE)
    ws.on('message', (data) => {
      process.nextTick(() => log(`tick ${data}`))
      Promise.resolve().then(() => log(`microtask ${data}`))
    })
    await closed(ws)
  })

  same('callbacks of sends and what comes back', async (WebSocket, url, log) => {
    const ws = open(WebSocket, url, log)
    await once(ws, 'open')
    for (const text of ['1', '2', '3']) ws.send(text, () => log(`sent ${text}`))
    log('after send')
    await once(ws, 'message')
    ws.close()
    await closed(ws)
  })

  same('a Blob and what is sent after it', async (WebSocket, url, log) => {
    const ws = open(WebSocket, url, log)
    await once(ws, 'open')
    ws.send(new Blob(['blob']), () => log('sent the Blob'))
    ws.send('after', () => log('sent the text'))
    log(ws.bufferedAmount)
    ws.close(1000)
    await closed(ws)
  })

  for (const method of ['close', 'terminate', 'pause'] as const) {
    same(`what came with a message that calls ${method}()`, async (WebSocket, url, log) => {
      const ws = await openTo(WebSocket, url, log, TEXTS + CLOSE)
      ws.once('message', () => ws[method]())
      await closed(ws)
    })
  }

  same('a close frame and what follows it', async (WebSocket, url, log) => {
    const ws = await openTo(WebSocket, url, log, CLOSE + TEXTS)
    await closed(ws)
  })
})

describe('pause', () => {
  same('holds what comes after it, the end included', async (WebSocket, url, log) => {
    const ws = open(WebSocket, url, log)
    ws.pause()
    log(ws.isPaused)
    await once(ws, 'open')
    ws.pause()
    ws.send('close 4000')
    await pause(50)
    log(ws.isPaused, ws.readyState)
    ws.resume()
    await closed(ws)
    ws.pause()
    log(ws.isPaused)
  })
})

/** What programs do with a response that did not open the connection. */
const ACTS: Record<string, (request: ClientRequest, response: IncomingMessage, log: Log) => unknown> = {
  'abort it': (request) => request.abort(),
  'destroy it': (request) => request.destroy(),
  'destroy the response': (_, response) => response.destroy(),
  'read the response': async (_, response, log) => {
    for await (const chunk of response) log(chunk)
  },
  nothing: () => {},
}

describe('a listener of unexpected-response', () => {
  for (const [name, act] of Object.entries(ACTS)) {
    for (const method of ['close', 'terminate'] as const) {
      same(`can ${name}, and ${method}()`, async (WebSocket, url, log) => {
        const answer = 'HTTP/1.1 401 No entry\r\nContent-Length: 4\r\nX-A: 1\r\n\r\nbody'
        onRaw.set('/no', (socket) => socket.end(answer))
        const ws = open(WebSocket, `${url}/no`, log)
        ws.on('unexpected-response', async (request, response) => {
          const { statusCode, statusMessage, headers } = response
          log(statusCode, statusMessage, headers, Reflect.get(response, 'req') === request)
          await act(request, response, log)
          ws[method]()
        })
        await closed(ws)
      })
    }
  }
})
