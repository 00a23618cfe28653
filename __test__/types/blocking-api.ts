// Calls of the blocking API that must not compile, and their neighbours that must; see promise-api.ts.

import {
  type Closed,
  type CompressionOptions,
  connect,
  type Message,
  type SyncConnection,
} from 'websocket-rs/sync'

/** Accepts a value of exactly the type `T`, neither wider nor narrower. */
declare function exactly<T>(): <U>(
  value: U & ([T] extends [U] ? ([U] extends [T] ? U : never) : never),
) => void

declare const ws: SyncConnection
declare const slowly: AsyncIterable<string>

export function sending() {
  exactly<void>()(ws.send('text', { timeout: 1 }))
  // @ts-expect-error: a number is no message
  ws.send(5)
  // @ts-expect-error: the timeout is an option
  ws.send('text', 100)
  exactly<boolean>()(ws.trySend('text'))
  // @ts-expect-error: it does not wait, so it has no options
  ws.trySend('text', { timeout: 1 })
  ws.send(['text'], { compress: false })
  // @ts-expect-error: a Blob is read asynchronously
  ws.send(new Blob([]))
  // @ts-expect-error: an async iterable is read asynchronously
  ws.send(slowly)
  ws.sendMany(new Set(['text']))
  // @ts-expect-error: a string would be sent by characters
  ws.sendMany('text')
  // @ts-expect-error: an async iterable cannot be awaited here
  ws.sendMany(slowly)
  // @ts-expect-error: numbers are no messages
  ws.sendMany([1])
  ws.sendJSON(null)
  // @ts-expect-error: a value is required
  ws.sendJSON()
  exactly<void>()(ws.flush({ timeout: 1 }))
  // @ts-expect-error: the timeout is an option
  ws.flush(100)
}

export function receiving() {
  exactly<Message>()(ws.recv({ timeout: 1 }))
  // @ts-expect-error: the timeout is an option
  ws.recv(100)
  // @ts-expect-error: recv returns a message, not a promise
  ws.recv().then
  const stream = ws.recvStream({ timeout: 1 })
  exactly<'text' | 'binary'>()(stream.kind)
  for (const chunk of stream) exactly<Message>()(chunk)
  // @ts-expect-error: a web stream is read asynchronously
  stream.readable

  exactly<Message[]>()(ws.recvMany({ max: 1 }))
  // @ts-expect-error: max is an option
  ws.recvMany(10)
  exactly<Message | undefined>()(ws.tryRecv())
  // @ts-expect-error: there may be no message
  ws.tryRecv().length
  exactly<unknown>()(ws.recvJSON())
  exactly<number>()(ws.recvJSON<number>())
  // @ts-expect-error: without a type the value is unknown
  ws.recvJSON().a
  for (const message of ws) exactly<Message>()(message)
  for (const value of ws.json<number>()) exactly<number>()(value)
  // @ts-expect-error: web streams belong to the promise API
  ws.readable
  // @ts-expect-error: web streams belong to the promise API
  ws.writable
}

export function ending() {
  exactly<Closed | undefined>()(ws.closed)
  // @ts-expect-error: closed is undefined while the connection is open
  ws.closed.code
  // @ts-expect-error: closed is a value, not a promise
  ws.closed?.then
  // @ts-expect-error: the code is a number
  ws.close('done')
}

export function connecting() {
  connect('ws://a', { idleTimeout: undefined, headers: { a: undefined } })
  const compression: CompressionOptions = { clientMaxWindowBits: 10, threshold: 0 }
  exactly<string>()(connect('ws://a', { compression }).extensions)
  // @ts-expect-error: connections of the blocking API are not reopened
  connect.forever('ws://a')
  // @ts-expect-error: subprotocols are an option
  connect('ws://a', ['chat'])
  // @ts-expect-error: an unknown option
  connect('ws://a', { handshakeTimeout: 1 })
}
