// The end of a connection at each point in time, and the callbacks of what was sent before, on `ws` and on
// `websocket-rs/ws`, side by side.

import { connect } from 'node:net'
import { describe } from 'vitest'
import type { ClientOptions } from 'ws'
import {
  attempt,
  type Class,
  type Client,
  closed,
  type Log,
  onRaw,
  open,
  same,
  shown,
  startServer,
  switching,
} from './parity.js'

startServer()

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
/** Returns a callback for a send. */
const sent = (log: Log, name: unknown) => (error?: Error | null) => log('sent', name, error && shown(error))

describe('callbacks of what was sent before the end', () => {
  const ENDS: Record<string, (ws: Client, log: Log) => void> = {
    'a message': (ws, log) => ws.send('a', sent(log, 1)),
    'several messages': (ws, log) => {
      for (const data of ['a', Buffer.from('b'), '']) ws.send(data, sent(log, data))
    },
    'ping and pong': (ws, log) => {
      ws.ping('a', true, sent(log, 'ping'))
      ws.pong('a', true, sent(log, 'pong'))
    },
    fragments: (ws, log) => {
      ws.send('a', { fin: false }, sent(log, 1))
      ws.send('b', { fin: true }, sent(log, 2))
    },
    'a Blob and a message': (ws, log) => {
      ws.send(new Blob(['a']), sent(log, 1))
      ws.send('b', sent(log, 2))
    },
    'a message and a Blob': (ws, log) => {
      ws.send('a', sent(log, 1))
      ws.send(new Blob(['b']), sent(log, 2))
    },
    'a message and a close frame': (ws, log) => {
      ws.send('a', sent(log, 1))
      ws.close()
    },
  }
  for (const [name, send] of Object.entries(ENDS)) {
    for (const where of ['open', 'a callback', '_socket'] as const) {
      same(`${name}, in ${where}`, async (WebSocket, url, log) => {
        const ws = open(WebSocket, url, log)
        const act = () => {
          send(ws, log)
          if (where === '_socket') (ws as unknown as { _socket: { destroy(): void } })._socket.destroy()
          else ws.terminate()
          log(ws.readyState, ws.bufferedAmount)
          ws.send('late', sent(log, 'late'))
        }
        ws.on('open', () => (where === 'a callback' ? ws.send('first', act) : act()))
        await closed(ws)
      })
    }
  }

  same('one that throws is reported before the next is called', async (WebSocket, url, log) => {
    const handlers = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    const caught = (error: unknown) => log('caught', shown(error))
    process.on('uncaughtException', caught)
    const ws = open(WebSocket, url, log)
    ws.on('open', () => {
      ws.send('1', () => {
        throw new Error('mine')
      })
      ws.send('2', sent(log, 2))
    })
    ws.on('message', (data) => String(data) === '2' && ws.close())
    await closed(ws)
    process.off('uncaughtException', caught)
    for (const handler of handlers) process.on('uncaughtException', handler)
  })
})

/** What is known of the peer. */
interface Peer {
  /** Returns what it has got beside the first frame. */
  got(): string[]
  /** Settles when its frames are with the kernel. */
  written: Promise<void>
}

/** Has a peer that sends frames when it has been written to. */
function serve(frames: string, ends: boolean): Peer {
  let bytes = Buffer.alloc(0)
  const { promise: written, resolve } = withResolvers()
  onRaw.set('/frames', (socket, key) => {
    socket.write(switching(key))
    socket.once('data', () => {
      socket.write(Buffer.from(frames, 'hex'), () => resolve())
      socket.on('data', (data) => {
        bytes = Buffer.concat([bytes, data])
        if (ends) socket.end()
      })
    })
  })
  return { got: () => toFrames(bytes), written }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

/** Decodes masked frames of less than 126 bytes. */
function toFrames(bytes: Buffer): string[] {
  if (bytes.length < 6) return []
  const end = 6 + ((bytes[1] as number) & 0x7f)
  const payload = bytes.subarray(6, end).map((byte, at) => byte ^ (bytes[2 + (at & 3)] as number))
  return [`${bytes[0]?.toString(16)} ${Buffer.from(payload)}`, ...toFrames(bytes.subarray(end))]
}

const MESSAGE = '810131'
/** A close frame with 4000 and the reason `bye`. */
const CLOSE = '88050fa0627965'

/** When the program ends the connection. Each calls `end` once. */
const TIMES: Record<string, (ws: Client, end: () => void, written: Promise<void>) => void> = {
  "in 'message'": (ws, end) => ws.once('message', end),
  'in the tick after': (ws, end) => ws.once('message', () => process.nextTick(end)),
  'in a microtask after': (ws, end) => ws.once('message', () => void Promise.resolve().then(end)),
  'in pause': (ws, end) =>
    ws.once('message', () => {
      ws.pause()
      setTimeout(end, 20)
    }),
  'paused before': (ws, end, written) =>
    ws.on('open', async () => {
      ws.pause()
      await written
      setTimeout(end, 50)
    }),
  "in its own 'close'": (ws, end) => ws.on('close', end),
  'before the frame is handled, in close()': (ws, end) => {
    const { close } = ws
    ws.close = (...args) => {
      end()
      close.apply(ws, args)
    }
  },
}

describe.each([true, false])('with a close frame of the peer, which ends TCP: %s', (ends) => {
  for (const [time, at] of Object.entries(TIMES)) {
    for (const method of ['close', 'terminate'] as const) {
      const needsClose = time.includes('close')
      const sequences = [MESSAGE + CLOSE, MESSAGE + MESSAGE, `890161${MESSAGE}${CLOSE}`]
      for (const frames of sequences.filter((each) => !needsClose || each.endsWith(CLOSE))) {
        same(`${method}() ${time} of ${frames}, ${ends}`, async (WebSocket, url, log) => {
          const { written } = serve(frames, ends)
          const ws = open(WebSocket, `${url}/frames`, log, { closeTimeout: 60 } as ClientOptions)
          at(ws, () => WebSocket.prototype[method].call(ws), written)
          // Here the reply to the close frame leaves after the tick.
          const isLater = time.endsWith('after')
          ws.onclose = ({ wasClean }) => log('clean', wasClean || isLater)
          ws.on('open', () => ws.send('go'))
          await closed(ws)
        })
      }
    }
  }
})

describe.each([true, false])('allowSynchronousEvents: %s', (allowSynchronousEvents) => {
  for (const method of ['terminate', 'close', 'pause', 'destroy the socket'] as const) {
    for (const frames of [MESSAGE.repeat(3), MESSAGE.repeat(3) + CLOSE, `${MESSAGE}890161${CLOSE}`]) {
      same(`${method}, then what was read: ${frames}`, async (WebSocket, url, log) => {
        serve(frames, true)
        const options = { allowSynchronousEvents, closeTimeout: 60 } as ClientOptions
        const ws = open(WebSocket, `${url}/frames`, log, options)
        ws.on('open', () => ws.send('go'))
        ws.once('message', () => {
          if (method === 'destroy the socket')
            (ws as unknown as { _socket: { destroy(): void } })._socket.destroy()
          else ws[method]()
        })
        if (method === 'pause') {
          let count = 0
          ws.on('message', () => ++count === 3 && setTimeout(() => ws.terminate(), 20))
        }
        await closed(ws)
      })
    }
  }
})

describe('a close frame that comes with what precedes it', () => {
  for (const [name, frames] of Object.entries({ message: MESSAGE, ping: '890161', pong: '8a0161' })) {
    same(`waits for the replies of a listener of '${name}'`, async (WebSocket, url, log) => {
      const { got } = serve(frames + CLOSE, false)
      const ws = open(WebSocket, `${url}/frames`, log, {
        autoPong: false,
        closeTimeout: 60,
      } as ClientOptions)
      ws.on('open', () => ws.send('go'))
      ws.on(name, () => {
        ws.send('reply', () => log('sent'))
        ws.ping('reply')
      })
      await closed(ws)
      log(got())
    })
  }

  same('is answered with its code and reason', async (WebSocket, url, log) => {
    const { got } = serve(CLOSE, false)
    const ws = open(WebSocket, `${url}/frames`, log, { closeTimeout: 60 } as ClientOptions)
    ws.on('open', () => ws.send('go'))
    await closed(ws)
    log(got())
  })
})

/** A frame with a reserved bit, which violates the protocol. */
const VIOLATION = 'f100'

describe('replies to what precedes the end', () => {
  const ends = { 'a close frame': CLOSE, 'a violation': VIOLATION }
  for (const [name, end] of Object.entries(ends)) {
    same(`to the last of several messages delivered one by one, ${name}`, async (WebSocket, url, log) => {
      const { got } = serve(MESSAGE.repeat(4) + end, false)
      const options = { allowSynchronousEvents: false, closeTimeout: 60 } as ClientOptions
      const ws = open(WebSocket, `${url}/frames`, log, options)
      ws.on('open', () => ws.send('go'))
      let count = 0
      ws.on('message', () => ++count === 3 && ws.send('reply', sent(log, 'reply')))
      await closed(ws)
      log(got())
    })
  }

  for (const [event, frame] of Object.entries({ ping: '890161', pong: '8a0161' })) {
    for (const act of ['send', 'close'] as const) {
      same(`${act} in a listener of '${event}', then a violation`, async (WebSocket, url, log) => {
        const { got } = serve(frame + VIOLATION, true)
        const options = { autoPong: false, closeTimeout: 60 } as ClientOptions
        const ws = open(WebSocket, `${url}/frames`, log, options)
        ws.on('open', () => ws.send('go'))
        ws.on(event, () => (act === 'send' ? ws.send('reply', sent(log, 'reply')) : ws.close(4001)))
        await closed(ws)
        log(got())
      })
    }
  }
})

describe('pause() after the end', () => {
  for (const event of ['open', 'message'] as const) {
    same(`terminate() and pause() in '${event}'`, async (WebSocket, url, log) => {
      serve(MESSAGE.repeat(2), false)
      const ws = open(WebSocket, `${url}/frames`, log)
      ws.on('open', () => ws.send('go'))
      ws.once(event, () => {
        ws.terminate()
        ws.pause()
      })
      await closed(ws)
      log(ws.isPaused)
    })
  }
})

describe('closeTimeout while paused, with a peer that has closed and ended TCP', () => {
  for (const end of ['resume', 'close'] as const) {
    same(`begins when this side closes: ${end}()`, async (WebSocket, url, log) => {
      onRaw.set('/ended', (socket, key) => {
        socket.write(switching(key))
        socket.once('data', () => socket.end(Buffer.from(MESSAGE.repeat(2) + CLOSE, 'hex')))
      })
      const ws = open(WebSocket, `${url}/ended`, log, { closeTimeout: 60 } as ClientOptions)
      ws.on('open', async () => {
        ws.pause()
        ws.send('go')
        await pause(300)
        log(end)
        ws[end]()
      })
      await closed(ws)
    })
  }
})

same('a reset while paused ends the connection', async (WebSocket, url, log) => {
  onRaw.set('/reset', (socket, key) => {
    socket.write(switching(key))
    socket.once('data', () => socket.resetAndDestroy())
  })
  const ws = open(WebSocket, `${url}/reset`, log)
  ws.on('open', () => {
    ws.pause()
    ws.send('go')
  })
  await closed(ws)
})

describe('violations at once', () => {
  const FIRST = [0xff, 0xf1, 0xc9, 0x49, 0x09, 0x80, 0x83, 0x8b, 0xc1]
  for (const first of FIRST.map((byte) => byte.toString(16).padStart(2, '0'))) {
    same(`are reported in one order: ${first}`, async (WebSocket, url, log) => {
      // A length that is not minimal, a mask, a length that is too large for a control frame, and 2^63 bytes.
      for (const rest of ['00', '7e0005', '8000000000', '7e007e', 'ff800000000000000000000000']) {
        serve(`${first}${rest}${'00'.repeat(130)}`, true)
        const ws = open(WebSocket, `${url}/frames`, log)
        ws.on('open', () => ws.send('go'))
        await closed(ws)
      }
    })
  }

  for (const first of ['88', '89', '8a']) {
    same(`a control frame whose length is not minimal: ${first}`, async (WebSocket, url, log) => {
      serve(`${first}7e0005${'00'.repeat(5)}`, true)
      const ws = open(WebSocket, `${url}/frames`, log)
      ws.on('open', () => ws.send('go'))
      await closed(ws)
    })
  }
})

describe('what was refused or given differently', () => {
  const accept = async (WebSocket: Class, url: string, log: Log, options: object) => {
    attempt(log, () => {
      const ws = open(WebSocket, url, log, options)
      ws.on('open', () => ws.close())
      ws.on('close', () => log(ws.url.endsWith('#')))
      return closed(ws)
    })
    await pause(50)
  }
  same('an empty fragment', (WebSocket, url, log) => accept(WebSocket, `${url}/#`, log, {}))
  same('family of an address', (WebSocket, url, log) => accept(WebSocket, url, log, { family: 6 }))
  same('lookup of an address', (WebSocket, url, log) => accept(WebSocket, url, log, { lookup: 5 }))
  same('a header that is a symbol', (WebSocket, url, log) =>
    accept(WebSocket, url, log, { headers: { a: Symbol('a') } }),
  )
})

describe('_req and _socket.destroyed at each event', () => {
  const OPTIONS = {
    native: {},
    'a socket of Node': {
      createConnection: (({ port, host }: { port: number; host: string }) => connect(port, host)) as never,
    },
  }
  for (const [name, options] of Object.entries(OPTIONS)) {
    for (const method of ['close', 'terminate'] as const) {
      same(`${name}, ${method}()`, async (WebSocket, url, log) => {
        const ws = open(WebSocket, url, log, options)
        const view = ws as unknown as { _req: { path: string } | null; _socket?: { destroyed: boolean } }
        const look = () => log(view._req?.path, view._socket?.destroyed)
        look()
        ws.on('upgrade', look)
        ws.on('open', () => {
          look()
          ws[method]()
          if (method === 'terminate') look()
        })
        ws.on('close', look)
        await closed(ws)
      })
    }
  }
})
