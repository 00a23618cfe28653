// Calls of the promise API that must not compile, and their neighbours that must. `tsc -p tsconfig.test.json` checks
// them: an unused `@ts-expect-error` is an error. Nothing here runs.

import type { ReadableStream, WritableStream } from 'node:stream/web'
import {
  type Closed,
  type Connection,
  type ConnectOptions,
  connect,
  type Data,
  type ForeverOptions,
  type Message,
  type Reconnect,
} from 'websocket-rs'

/** Accepts a value of exactly the type `T`, neither wider nor narrower. */
declare function exactly<T>(): <U>(
  value: U & ([T] extends [U] ? ([U] extends [T] ? U : never) : never),
) => void

// @ts-expect-error: the value may be undefined
exactly<number>()(1 as number | undefined)
// @ts-expect-error: the value is never undefined
exactly<number | undefined>()(1 as number)

declare const ws: Connection
declare const signal: AbortSignal
declare const texts: string[]
declare const buffers: Set<Buffer>
declare const slowly: AsyncIterable<string | Uint8Array>

export async function sending() {
  await ws.send('text')
  await ws.send(new Uint8Array(1), { timeout: undefined, signal: undefined })
  await ws.send(new ArrayBuffer(1), { timeout: 1, signal })
  // @ts-expect-error: a number is no message
  await ws.send(5)
  // @ts-expect-error: an object is no message; sendJSON sends it
  await ws.send({ a: 1 })
  await ws.send(texts, { compress: true, timeout: 1, signal })
  await ws.send(buffers)
  await ws.send(slowly)
  await ws.send(new Blob([]))
  await ws.send(new Blob([]).stream())
  // @ts-expect-error: the chunks are no numbers
  await ws.send([1, 2])
  // @ts-expect-error: chunks are no arrays
  await ws.send([['text']])
  // @ts-expect-error: it is true or false
  await ws.send('text', { compress: 'yes' })
  // @ts-expect-error: a message is required
  await ws.send()
  // @ts-expect-error: the timeout is an option
  await ws.send('text', 100)
  // @ts-expect-error: the option is called timeout
  await ws.send('text', { timeOut: 100 })

  exactly<boolean>()(ws.trySend('text'))
  // @ts-expect-error: it does not wait, so it has no options
  ws.trySend('text', { timeout: 1 })
  // @ts-expect-error: an array is no message
  ws.trySend(['text'])

  await ws.sendMany(texts)
  await ws.sendMany(buffers, { timeout: 1 })
  await ws.sendMany(slowly)
  await ws.sendMany(ws)
  // @ts-expect-error: a string would be sent by characters
  await ws.sendMany('text')
  // @ts-expect-error: numbers are no messages
  await ws.sendMany([1, 2])
  // @ts-expect-error: a promise is not iterable
  await ws.sendMany(Promise.resolve(texts))
  // @ts-expect-error: the messages of an async iterable are no numbers
  await ws.sendMany(slowly as unknown as AsyncIterable<number>)

  await ws.sendJSON({ a: [1] }, { signal })
  // @ts-expect-error: a value is required
  await ws.sendJSON()
  // @ts-expect-error: the second argument is no replacer of JSON.stringify
  await ws.sendJSON({}, null, 2)

  exactly<Promise<void>>()(ws.flush())
  await ws.flush({ timeout: 1, signal })
  // @ts-expect-error: the timeout is an option
  await ws.flush(100)
}

export async function receiving() {
  exactly<Promise<Message>>()(ws.recv({ timeout: 1, signal }))
  // @ts-expect-error: the timeout is an option
  await ws.recv(100)
  // @ts-expect-error: max is an option of recvMany
  await ws.recv({ max: 1 })
  // @ts-expect-error: the message may be a Buffer
  const _text: string = await ws.recv()

  exactly<Promise<Message[]>>()(ws.recvMany({ max: 1, timeout: 1, signal }))
  // @ts-expect-error: max is an option
  await ws.recvMany(10)
  // @ts-expect-error: the option is called max
  await ws.recvMany({ limit: 10 })

  const stream = await ws.recvStream({ timeout: 1, signal })
  exactly<'text' | 'binary'>()(stream.kind)
  exactly<void>()(stream.cancel())
  exactly<ReadableStream<Message>>()(stream.readable)
  for await (const chunk of stream) exactly<Message>()(chunk)
  // @ts-expect-error: the stream is iterated by `for await`
  for (const chunk of stream) void chunk
  // @ts-expect-error: the timeout is an option
  await ws.recvStream(100)

  exactly<Message | undefined>()(ws.tryRecv())
  // @ts-expect-error: there may be no message
  ws.tryRecv().length
  // @ts-expect-error: it does not wait, so it has no options
  ws.tryRecv({ timeout: 1 })

  exactly<Promise<unknown>>()(ws.recvJSON())
  exactly<Promise<{ a: number }>>()(ws.recvJSON<{ a: number }>({ timeout: 1 }))
  // @ts-expect-error: without a type the value is unknown
  ;(await ws.recvJSON()).a
  // @ts-expect-error: the timeout is an option
  await ws.recvJSON(100)

  for await (const message of ws) exactly<Message>()(message)
  for await (const value of ws.json<number>()) exactly<number>()(value)
  // @ts-expect-error: without a type the values are unknown
  for await (const value of ws.json()) value.a
  // @ts-expect-error: the connection is iterated by `for await`
  for (const _ of ws);

  exactly<ReadableStream<Message>>()(ws.readable)
  exactly<WritableStream<Data>>()(ws.writable)
  // @ts-expect-error: a number is no message
  await ws.writable.getWriter().write(5)
  // @ts-expect-error: streams are made by the connection
  ws.readable = new ReadableStream()
}

export async function ending() {
  exactly<Promise<Closed>>()(ws.closed)
  const { code, reason, wasClean, error } = await ws.closed
  exactly<number>()(code)
  exactly<string>()(reason)
  exactly<boolean>()(wasClean)
  exactly<Error | undefined>()(error)
  // @ts-expect-error: closed is a promise
  ws.closed.code
  // @ts-expect-error: closed is no method
  await ws.closed()
  // @ts-expect-error: the code is a number
  await ws.close('done')
  // @ts-expect-error: terminate sends no close frame, so it has no code
  ws.terminate(1000)
  exactly<number | undefined>()(ws.stats().lastReceivedAt)
  exactly<number>()(ws.stats().openedAt)
}

export async function connecting() {
  await connect('ws://a', { idleTimeout: 1, headers: { a: undefined, b: ['1', '2'] }, protocols: undefined })
  await connect(new URL('ws://a'), {})
  // @ts-expect-error: subprotocols are an option
  await connect('ws://a', ['chat'])
  // @ts-expect-error: subprotocols are an option
  await connect('ws://a', 'chat')
  // @ts-expect-error: the option of `ws` is called connectTimeout here
  await connect('ws://a', { handshakeTimeout: 1 })
  // @ts-expect-error: the option of `ws` is called maxMessageSize here
  await connect('ws://a', { maxPayload: 1 })
  // @ts-expect-error: a time is a number
  await connect('ws://a', { idleTimeout: '1s' })
  await connect('ws://a', { compression: true })
  await connect('ws://a', {
    compression: { serverMaxWindowBits: 10, clientMaxWindowBits: false, level: undefined },
  })
  // @ts-expect-error: an unknown option of compression
  await connect('ws://a', { compression: { windowBits: 10 } })
  // @ts-expect-error: the server's window is a number
  await connect('ws://a', { compression: { serverMaxWindowBits: true } })
  // @ts-expect-error: compression is a boolean or an object
  await connect('ws://a', { compression: 'deflate' })
  // @ts-expect-error: only connect.forever connects again
  await connect('ws://a', { backoff: { initial: 1 } })
  // @ts-expect-error: only connect.forever takes functions
  await connect(() => 'ws://a')
  // @ts-expect-error: connections are made by connect
  new Connection()
}

export async function reconnecting() {
  const options: ForeverOptions = { idleTimeout: 1, signal, backoff: { initial: 0 }, stableAfter: undefined }
  for await (const each of connect.forever('ws://a', options)) exactly<Connection>()(each)
  connect.forever(new URL('ws://a'))
  connect.forever((attempt) => `ws://a/${attempt.toFixed()}`)
  connect.forever(
    async () => new URL('ws://a'),
    async (attempt) => ({ jitter: attempt }),
  )
  connect.forever(
    () => 'ws://a',
    () => options,
  )
  connect.forever('ws://a', {
    shouldReconnect: ({ error, closeCode, closeReason, attempt, delay }: Reconnect) => {
      exactly<unknown>()(error)
      exactly<number | undefined>()(closeCode)
      exactly<string | undefined>()(closeReason)
      return attempt < delay
    },
  })
  // @ts-expect-error: the function returns no URL
  connect.forever(() => 5)
  // @ts-expect-error: the function returns no URL
  connect.forever(async () => undefined)
  // @ts-expect-error: the attempt is a number
  connect.forever((attempt: string) => attempt)
  // @ts-expect-error: an unknown option
  connect.forever('ws://a', { retries: 5 })
  // @ts-expect-error: the functions return options
  connect.forever('ws://a', () => 5)
  // @ts-expect-error: an option that a function returns has a wrong type
  connect.forever('ws://a', () => ({ jitter: '1' }))
  // @ts-expect-error: shouldReconnect returns a boolean
  connect.forever('ws://a', { shouldReconnect: () => 'yes' })
  // @ts-expect-error: options of connect.forever are not those of connect
  const _narrower: ConnectOptions = options.backoff
}
