/**
 * websocket-rs/ws: a WebSocket with the interface of the npm package `ws`. Events reach their listeners with no promise in
 * between.
 *
 * @packageDocumentation
 */

import type { ClientRequest, IncomingMessage } from 'node:http'
import type * as deflate from './ws/deflate.js'
import type * as events from './ws/events.js'
import type * as options from './ws/options.js'
import { lazyExport, SERVER_EXPORTS } from './ws/server.js'
import type * as server from './ws/server-types.js'
import { createWebSocketStream } from './ws/stream.js'
import * as websocket from './ws/websocket.js'

type Client = websocket.WebSocket
type Class = typeof websocket.WebSocket

/** What the class has as properties, which are the named exports. */
interface Exports {
  WebSocket: Class
  createWebSocketStream: typeof createWebSocketStream
  /** The server of the installed package `ws`. */
  WebSocketServer: typeof server.Server
  Server: typeof server.Server
  /** Internal parts of the installed package `ws`. */
  Receiver: new (
    ...values: unknown[]
  ) => object
  Sender: new (...values: unknown[]) => object
  PerMessageDeflate: new (...values: unknown[]) => object
  extension: { format(extensions: object): string; parse(header: string): object }
  subprotocol: { parse(header: string): Set<string> }
}

const ofServer = Object.fromEntries(SERVER_EXPORTS.map((name) => [name, lazyExport(name)]))
const { WebSocket: client } = websocket
const WebSocket = Object.assign(client, {
  WebSocket: client,
  createWebSocketStream,
  ...ofServer,
}) as Class & Exports

type WebSocket = websocket.WebSocket

declare namespace WebSocket {
  type WebSocket = websocket.WebSocket
  type RawData = websocket.RawData
  type Data = websocket.EventData
  type CertMeta = string | string[] | Buffer | Buffer[]
  type ClientOptions = options.ClientOptions<Client>
  type PerMessageDeflateOptions = deflate.PerMessageDeflateOptions
  type FinishRequestCallback = (request: ClientRequest, websocket: Client) => void
  type Event = events.Event<Client>
  type ErrorEvent = events.ErrorEvent<Client>
  type CloseEvent = events.CloseEvent<Client>
  type MessageEvent = events.MessageEvent<Client, websocket.EventData>
  type WebSocketEventMap = websocket.WebSocketEventMap
  interface EventListenerOptions {
    once?: boolean | undefined
  }
  type ServerOptions<
    U extends Class = Class,
    V extends typeof IncomingMessage = typeof IncomingMessage,
  > = server.ServerOptions<U, V>
  type VerifyClientCallbackSync = server.VerifyClientCallbackSync
  type VerifyClientCallbackAsync = server.VerifyClientCallbackAsync
  type AddressInfo = server.AddressInfo
  type Server = server.Server
  type WebSocketServer = server.Server
}

export = WebSocket
