// permessage-deflate of `ws` and of `websocket-rs/ws`: one body runs on both, and both have to offer, send and report the
// same.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import Ours from 'websocket-rs/ws'
import Theirs, { type ClientOptions, type ServerOptions, WebSocketServer } from 'ws'

type Class = typeof Theirs
type Deflate = ClientOptions['perMessageDeflate']

let http: Server
let url: string
/** What the server answers to the next upgrade: a server of `ws`, or its bytes. */
let answer: (request: IncomingMessage, socket: Socket, head: Buffer) => void

beforeAll(async () => {
  http = createServer()
  http.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {})
    answer(request, socket as Socket, head)
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`
})

afterAll(() => {
  http.closeAllConnections()
  http.close()
})

/** Answers as a server of `ws` that sends back what it gets. */
function echo(options: ServerOptions['perMessageDeflate'], tap = (_bytes: Buffer) => {}): typeof answer {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: options as never })
  return (request, socket, head) => {
    socket.on('data', tap)
    server.handleUpgrade(request, socket, head, (ws) => {
      ws.on('error', () => {})
      ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }))
    })
  }
}

/** Answers with these extensions, and then with bytes. */
function script(extensions: string, bytes: Buffer = Buffer.alloc(0)): typeof answer {
  return (request, socket) => {
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
    const accept = createHash('sha1').update(key).digest('base64')
    const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n`
    const extension = extensions === '' ? '' : `Sec-WebSocket-Extensions: ${extensions}\r\n`
    socket.write(Buffer.concat([Buffer.from(`${head}${extension}\r\n`), bytes]))
    socket.on('data', () => {})
    socket.on('end', () => socket.end())
  }
}

/** The data frames among the bytes of a client: FIN and RSV1, and the opcode. */
function framesOf(bytes: Buffer): string[] {
  const frames: string[] = []
  for (let at = 0; at + 1 < bytes.length; ) {
    const [first, second] = [bytes[at] as number, (bytes[at + 1] as number) & 0x7f]
    const extended = { 126: 2, 127: 8 }[second] ?? 0
    const length =
      extended === 0 ? second : bytes.readUIntBE(at + (extended === 2 ? 2 : 4), extended === 2 ? 2 : 6)
    if ((first & 8) === 0) frames.push(first.toString(16).padStart(2, '0'))
    at += 2 + extended + 4 + length
  }
  return frames
}

/** Waits for the end, also after an error, with which `once` ends. */
const closed = (ws: InstanceType<Class>) =>
  new Promise((resolve) => ws.on('close', () => setImmediate(resolve)))

/** Compares what both classes log. */
function same(
  title: string,
  scenario: (WebSocket: Class, log: (...seen: unknown[]) => void) => Promise<void>,
) {
  test(title, async () => {
    const [theirs, ours]: unknown[][] = [[], []]
    await scenario(Theirs, (...seen) => theirs.push(seen))
    await scenario(Ours as unknown as Class, (...seen) => ours.push(seen))
    expect(theirs).not.toEqual([])
    expect(ours).toEqual(theirs)
  })
}

describe('the offer', () => {
  const options: [string, ClientOptions][] = [
    ['by default', {}],
    ['true', { perMessageDeflate: true }],
    ['false', { perMessageDeflate: false }],
    ['present and undefined', { perMessageDeflate: undefined }],
    ['an empty object', { perMessageDeflate: {} }],
    ['no client window', { perMessageDeflate: { clientMaxWindowBits: false as never } }],
    [
      'all parameters',
      {
        perMessageDeflate: {
          serverNoContextTakeover: true,
          clientNoContextTakeover: true,
          serverMaxWindowBits: 10,
          clientMaxWindowBits: 11,
        },
      },
    ],
    [
      'options of zlib',
      { perMessageDeflate: { zlibDeflateOptions: { level: -1, memLevel: 7, chunkSize: 1024 } } },
    ],
    ['a header of the program', { headers: { 'Sec-WebSocket-Extensions': 'x-other' } }],
  ]
  for (const [title, given] of options) {
    same(title, async (WebSocket, log) => {
      const accept = echo({})
      answer = (request, socket, head) => {
        log(request.headers['sec-websocket-extensions'])
        accept(request, socket, head)
      }
      const ws = new WebSocket(url, given)
      await once(ws, 'open')
      log(ws.extensions)
      ws.close()
      await closed(ws)
    })
  }
})

describe('the answer', () => {
  const answers = [
    ['', 'permessage-deflate', 'permessage-deflate; client_no_context_takeover'],
    ['permessage-deflate; server_no_context_takeover; server_max_window_bits=9; client_max_window_bits=9'],
    ['x-other', 'permessage-deflate, x-other', 'permessage-deflate; client_max_window_bits=7'],
    ['permessage-deflate; unknown', 'permessage-deflate; client_no_context_takeover=1', ';='],
  ].flat()
  for (const deflate of [true, false, { clientMaxWindowBits: 10 }] as Deflate[]) {
    same(`to ${JSON.stringify(deflate)}`, async (WebSocket, log) => {
      for (const extensions of answers) {
        answer = script(extensions)
        const ws = new WebSocket(url, { perMessageDeflate: deflate as never })
        ws.on('error', (error) => log(extensions, error.message))
        ws.on('open', () => {
          log(extensions, ws.extensions)
          ws.terminate()
        })
        await closed(ws)
      }
    })
  }
})

describe('messages', () => {
  const settings: [string, Deflate, ServerOptions['perMessageDeflate']][] = [
    ['with context takeover', true, {}],
    ['compressed each by itself', { clientNoContextTakeover: true }, {}],
    ['compressed each by itself because the server wants it', true, { clientNoContextTakeover: true }],
    ['below and above a threshold', { clientNoContextTakeover: true, threshold: 4 }, {}],
    ['not compressed', false, {}],
  ]
  for (const [title, deflate, server] of settings) {
    same(`${title} leave as the same frames and return`, async (WebSocket, log) => {
      const sent: Buffer[] = []
      answer = echo(server, (bytes) => sent.push(bytes))
      const ws = new WebSocket(url, { perMessageDeflate: deflate as never })
      let count = 0
      ws.on('message', (data, isBinary) => {
        log(data, isBinary)
        if (++count === 9) ws.close()
      })
      await once(ws, 'open')
      ws.send('small')
      ws.send('x'.repeat(2000), (error) => log('sent', Boolean(error)))
      ws.send(Buffer.alloc(1024, 'y'))
      ws.send(Buffer.from('bytes of a text'), { binary: false })
      ws.send('plain', { compress: false })
      ws.send(Buffer.from('first, '), { fin: false, binary: false })
      ws.send('second, ', { fin: false })
      ws.ping('between')
      ws.send(Buffer.from('last'), { fin: true })
      ws.send('bin', { binary: true, fin: false, compress: false })
      ws.send('ary')
      ws.send('')
      ws.send(new Blob(['blob']))
      await closed(ws)
      log(framesOf(Buffer.concat(sent)))
    })
  }

  same('that are no deflate data end the connection', async (WebSocket, log) => {
    answer = script('permessage-deflate', Buffer.from([0xc1, 2, 0xff, 0xff]))
    const ws = new WebSocket(url)
    ws.on('error', (error: NodeJS.ErrnoException) => log(error.name, error.code, error.errno))
    ws.on('close', (code, reason) => log(code, reason))
    await closed(ws)
  })

  same('are limited by their inflated size', async (WebSocket, log) => {
    answer = echo({})
    const ws = new WebSocket(url, { maxPayload: 1000 })
    ws.on('open', () => ws.send('x'.repeat(1001)))
    ws.on('error', (error: NodeJS.ErrnoException) => log(error.name, error.message, error.code))
    ws.on('close', (code, reason) => log(code, reason))
    await closed(ws)
  })

  for (const [first, title] of [
    [0xd1, 'RSV2 or RSV3'],
    [0xc9, 'RSV1 of a ping'],
    [0xc0, 'RSV1 of a continuation'],
  ] as const) {
    same(`with ${title} end the connection`, async (WebSocket, log) => {
      answer = script('permessage-deflate', Buffer.from([0x01, 1, 0x41, first, 0]))
      const ws = new WebSocket(url)
      ws.on('error', (error: NodeJS.ErrnoException) => log(error.name, error.message, error.code))
      ws.on('close', (code, reason) => log(code, reason))
      await closed(ws)
    })
  }
})
