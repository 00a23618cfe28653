// Uses of the web API that must not compile, and their neighbours that must. `tsc -p tsconfig.test.json` checks them:
// an unused `@ts-expect-error` is an error. Nothing here runs.

import type * as undici from 'undici-types'
import {
  CloseEvent,
  type ErrorEvent,
  MessageEvent,
  ping,
  WebSocket,
  type WebSocketError,
  type WebSocketInit,
  WebSocketStream,
} from 'websocket-rs/web'

declare const ws: WebSocket

// The types of undici, which are those of `@types/node`.
export const asTheirs: undici.WebSocket = ws
export const theirClass: new (url: string | URL, protocols?: string[]) => undici.WebSocket = WebSocket
export const headers: WebSocketInit['headers'] = [['a', 'b']] as string[][]

export class Mine extends WebSocket {
  constructor(url: string) {
    super(url, { headers: { 'x-key': 'k' }, protocols: 'chat', proxy: 'http://localhost:3128' })
    this.onmessage = ({ data }) => data
  }
}

export function constructing() {
  new WebSocket(new URL('ws://localhost'), ['a', 'b'])
  new WebSocket('ws://localhost', { headers: [['a', 'b']], tls: { ca: 'pem' }, family: 4 })
  const init: WebSocketInit = { maxMessageSize: 1, headers: null }
  // @ts-expect-error: unknown options are mistakes for the compiler, although they are ignored
  new WebSocket('ws://localhost', { agent: 1 })
  // @ts-expect-error: dispatchers are not supported
  new WebSocket('ws://localhost', { dispatcher: {} })
  // @ts-expect-error: needs a URL
  new WebSocket()
  return new WebSocket('ws://localhost', init)
}

export function using() {
  ws.send('text')
  ws.send(new Uint8Array(1))
  ws.send(new Blob([]))
  // @ts-expect-error: is sent as its string, which is a mistake mostly
  ws.send(5)
  ws.binaryType = 'arraybuffer'
  // @ts-expect-error: no type of the standard
  ws.binaryType = 'nodebuffer'
  // @ts-expect-error: is read only
  ws.readyState = 1
  ws.onclose = (event) => event.code.toFixed()
  ws.onerror = null
  ws.addEventListener('message', (event) => event.data)
  ws.addEventListener('error', (event: ErrorEvent) => event.error)
  ws.addEventListener('own', { handleEvent: (event) => event.type }, { once: true })
  ws.removeEventListener('message', null)
  ping(ws, Buffer.from('x'))
  const state: 0 | 1 | 2 | 3 = WebSocket.CLOSED
  return [
    state,
    new CloseEvent('close', { code: 1 }),
    new MessageEvent('message', { data: 1 }).data.toFixed(),
  ]
}

export async function streaming() {
  const stream = new WebSocketStream('ws://localhost', { protocols: ['a'], signal: AbortSignal.timeout(1) })
  const { readable, writable, protocol } = await stream.opened
  await writable.getWriter().write(new Uint8Array(1))
  for await (const message of readable) message.length
  stream.close({ closeCode: 1000, reason: '' })
  const { closeCode }: { closeCode: number } = await stream.closed
  return [protocol, closeCode]
}

export const codeOf = (error: WebSocketError): number | null => error.closeCode
