/** Types of the classes that the installed package `ws` provides, as far as programs name them. */

import type { EventEmitter } from 'node:events'
import type { Server as HTTPServer, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Server as HTTPSServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type { PerMessageDeflateOptions } from './deflate.js'
import type { WebSocket } from './websocket.js'

type Request = typeof IncomingMessage
type Socket = typeof WebSocket

/** What `verifyClient` is told of a request. */
interface ClientInfo<R extends IncomingMessage> {
  origin: string
  secure: boolean
  req: R
}

export type VerifyClientCallbackSync<R extends IncomingMessage = IncomingMessage> = (
  info: ClientInfo<R>,
) => boolean

export type VerifyClientCallbackAsync<R extends IncomingMessage = IncomingMessage> = (
  info: ClientInfo<R>,
  callback: (accepted: boolean, code?: number, message?: string, headers?: OutgoingHttpHeaders) => void,
) => void

/** Options of a server. */
export interface ServerOptions<U extends Socket = Socket, V extends Request = Request> {
  host?: string | undefined
  port?: number | undefined
  backlog?: number | undefined
  server?: HTTPServer<V> | HTTPSServer<V> | undefined
  verifyClient?:
    | VerifyClientCallbackAsync<InstanceType<V>>
    | VerifyClientCallbackSync<InstanceType<V>>
    | undefined
  handleProtocols?: (protocols: Set<string>, request: InstanceType<V>) => string | false
  path?: string | undefined
  noServer?: boolean | undefined
  allowSynchronousEvents?: boolean | undefined
  autoPong?: boolean | undefined
  clientTracking?: boolean | undefined
  closeTimeout?: number | undefined
  perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined
  maxPayload?: number | undefined
  maxBufferedChunks?: number | undefined
  maxFragments?: number | undefined
  skipUTF8Validation?: boolean | undefined
  WebSocket?: U | undefined
}

/** The address of a listening server. */
export interface AddressInfo {
  address: string
  family: string
  port: number
}

interface ServerEvents<T extends Socket, U extends Request> {
  connection: [websocket: InstanceType<T>, request: InstanceType<U>]
  error: [error: Error]
  headers: [headers: string[], request: InstanceType<U>]
  close: []
  listening: []
  wsClientError: [error: Error, socket: Duplex, request: InstanceType<U>]
}

interface Listen<Self, T extends Socket, U extends Request> {
  <E extends keyof ServerEvents<T, U>>(
    event: E,
    listener: (this: Self, ...values: ServerEvents<T, U>[E]) => void,
  ): Self
  // biome-ignore lint/suspicious/noExplicitAny: as in the types of Node.
  (event: string | symbol, listener: (this: Self, ...values: any[]) => void): Self
}

/** The server of `ws`. */
export declare class Server<T extends Socket = Socket, U extends Request = Request> extends EventEmitter {
  options: ServerOptions<T, U>
  path: string
  clients: Set<InstanceType<T>>

  constructor(options?: ServerOptions<T, U>, callback?: () => void)

  address(): AddressInfo | string | null
  close(callback?: (error?: Error) => void): void
  handleUpgrade(
    request: InstanceType<U>,
    socket: Duplex,
    upgradeHead: Buffer,
    callback: (client: InstanceType<T>, request: InstanceType<U>) => void,
  ): void
  shouldHandle(request: InstanceType<U>): boolean | Promise<boolean>

  on: Listen<this, T, U>
  once: Listen<this, T, U>
  off: Listen<this, T, U>
  addListener: Listen<this, T, U>
  removeListener: Listen<this, T, U>
}
