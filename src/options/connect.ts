/**
 * The options of `connect`, the same for both APIs, and their records.
 * Every time is in milliseconds; `0` or `Infinity` means no limit.
 */

import type { Agent } from 'node:http'
import type { LookupFunction } from 'node:net'
import { wrong } from './checks.js'
import { type CompressionOptions, toCompression } from './compression.js'
import { type HeaderList, toHeaders } from './headers.js'
import { toProxy } from './proxy.js'
import {
  bytes,
  callback,
  checkNames,
  checkObject,
  flag,
  noTime,
  number,
  type OptionRecords,
  option,
  text,
  time,
} from './records.js'
import { type CreateConnection, type Driver, toAgent, toDriver } from './socket.js'
import { type TlsOptions, toTls } from './tls.js'
import { toSignal } from './wait.js'

/** Options of `connect`. */
export interface ConnectOptions {
  /** Time for all steps of connecting: DNS, TCP, proxy, TLS, upgrade and redirects, in ms. Default 30 000. */
  connectTimeout?: number | undefined
  /**
   * Time that `recv`, `recvMany`, `recvJSON` and `recvStream` wait, in ms. Default 30 000; iteration and the chunks of a
   * stream wait without limit unless it is set.
   */
  receiveTimeout?: number | undefined
  /** Time that a `send` above the high-water mark waits, and `flush`, in ms. Default 30 000. */
  sendTimeout?: number | undefined
  /** Time for the closing handshake, in ms. Default 10 000. */
  closeTimeout?: number | undefined
  /** Time between pings of the keepalive, in ms. Default 20 000. */
  pingInterval?: number | undefined
  /** Silence after a ping that ends the connection, in ms. Default 20 000. */
  pingTimeout?: number | undefined
  /**
   * Time without a message after which the connection ends with `ERR_WS_IDLE_TIMEOUT`, in ms. Default: none. Pongs do not
   * count as messages, and time in which reading is paused does not count. The peer is sent close code 1001. The blocking
   * API checks it in calls that wait for a message.
   */
  idleTimeout?: number | undefined
  /** Subprotocols to offer, the preferred one first (RFC 6455 section 1.9). Default: none. */
  protocols?: string | string[] | undefined
  /**
   * Request headers. Default: none. `Host` and `Authorization` replace the default ones. Headers of the handshake are
   * refused, unless they have its own value (`Upgrade: websocket`). A list of values is sent as one line for each, as by
   * Node; cookies are joined into one line. Values are sent as Latin-1.
   */
  headers?: HeaderList | undefined
  /** The `Origin` header. Default: none. */
  origin?: string | undefined
  /**
   * Most bytes of one incoming message that is received as a whole, not by `recvStream`. Default 64 MiB; the most is
   * 512 MiB less 64 bytes, also for 0.
   */
  maxMessageSize?: number | undefined
  /** Unsent bytes at which `send` begins to wait. Default 1 MiB. */
  highWaterMark?: number | undefined
  /**
   * Size of the receive queue, 64 bytes for each message included, at which reading is paused. Default 1 MiB. Exceeded by
   * one batch, and by what the kernel holds when the peer has ended its side.
   */
  receiveQueue?: ReceiveQueueOptions | undefined
  /** TLS options, for `wss:`. */
  tls?: TlsOptions | undefined
  /**
   * Resolves host names instead of the system. Called like Node's `dns.lookup` with `all: true`. For the blocking API it
   * has to call back before it returns. Not called for names that a proxy resolves.
   */
  lookup?: LookupFunction | undefined
  /** Local address to connect from. Default: any. */
  localAddress?: string | undefined
  /** IP version, 4 or 6. Default 0, which means both. */
  family?: 0 | 4 | 6 | undefined
  /**
   * How long to busy-poll for a reply before the thread sleeps: at most 1 to 1000 µs, or `false` for never. Default
   * `'auto'`: at most 50 µs, and only while replies have been arriving that soon and no other process wants the core.
   * Before it, the socket is read speculatively, at most twice and only while that has been finding replies. The first
   * event of the loop ends both. At most 16 replies or 100 µs of replies that are found at once come before other events,
   * and none after a turn of more than 128 KiB. No effect with the event loop of Windows.
   */
  busyPoll?: 'auto' | false | number | undefined
  /**
   * Whether the memory of binary messages is reused when the next ones are requested by `recv`, `recvMany` or iteration.
   * A message is then valid only until that, for one reader at a time; copy it to keep it (`Buffer.from(message)`).
   * Messages of 4 to 64 KiB are mostly 5 to 20 % faster, because the memory is in the cache. Texts are not affected.
   * Default `false`: messages stay valid.
   */
  reuseMemory?: boolean | undefined
  /** Aborts connecting. Does not affect an open connection. */
  signal?: AbortSignal | undefined
  /**
   * The proxy: an `http:`, `https:`, `socks4:`, `socks4a:`, `socks5:`, `socks5h:` or `socks:` URL, which may have a user
   * name and a password; `false` for none. Default `true`, the environment's: `ws_proxy`, `http_proxy` and `all_proxy`
   * for `ws:`, `wss_proxy`, `https_proxy` and `all_proxy` for `wss:`, in lower or upper case, except for loopback and for
   * the hosts in `no_proxy`.
   */
  proxy?: string | URL | boolean | undefined
  /**
   * Headers of the CONNECT request to an `http:` or `https:` proxy, also one of the environment. Never sent to the
   * server. `Proxy-Authorization` replaces the credentials of the proxy's URL. Without such a proxy they are checked and
   * not used.
   */
  proxyHeaders?: HeaderList | undefined
  /** TLS options for an `https:` proxy, which does not use `tls`. */
  proxyTls?: TlsOptions | undefined
  /**
   * Whether to offer permessage-deflate (RFC 7692), which compresses messages if the server accepts it, or how. Default
   * `false`.
   */
  compression?: boolean | CompressionOptions | undefined
  /**
   * Whether to follow redirects, within `connectTimeout`. Default `false`: a redirect is a HandshakeError. Credentials,
   * cookies, `Host`, the client's certificate and `servername` are not sent to another origin; all other headers are. A
   * redirect from `wss:` to `ws:` is never followed.
   */
  followRedirects?: boolean | undefined
  /** Most redirects to follow. Default 10. */
  maxRedirects?: number | undefined
  /**
   * What carries the bytes: with `'socket'` a `net.Socket` or `tls.TLSSocket` of Node, instead of a socket of its own. Default
   * `'auto'`: a socket of Node only if another option needs it (`createConnection`, `agent`, options of `tls` that OpenSSL
   * has and rustls does not, keys that rustls does not have), and in Bun and Deno. Not for the blocking API.
   */
  driver?: 'auto' | 'socket' | undefined
  /**
   * Opens the stream that carries the connection, any `Duplex`: returns it, or calls back with it. Called with the options
   * of `net.connect`, for `wss:` with those of `tls.connect`, too, and then it has to return a stream on which TLS is laid.
   * Default: none. Not for the blocking API.
   */
  createConnection?: CreateConnection | undefined
  /** An agent of `node:http` or `node:https`, or one with their methods, that opens the stream. Default: none. Not for the blocking API. */
  agent?: Agent | undefined
}

/** Options of the receive queue. */
export interface ReceiveQueueOptions {
  bytes?: number | undefined
}

/** Most bytes of a message under any option: the longest string of V8, less its header. */
const MAX_MESSAGE_SIZE = 512 * 1024 * 1024 - 64

/** Longest `busyPoll`, in µs. A longer one would delay timers. */
const MAX_BUSY_POLL = 1000

const RECEIVE_QUEUE_OPTIONS = { bytes: bytes(1) } satisfies OptionRecords<ReceiveQueueOptions>

const messageSize = bytes(64)

/** The records of {@link ConnectOptions}. */
export const CONNECT_OPTIONS = {
  connectTimeout: time(30_000),
  receiveTimeout: time(30_000),
  sendTimeout: time(30_000),
  closeTimeout: time(10_000),
  pingInterval: time(20_000),
  pingTimeout: time(20_000),
  idleTimeout: noTime(),
  protocols: option('none', (value = [], name) => {
    const list: unknown = typeof value === 'string' ? [value] : value
    // A copy, with `undefined` for holes: the settings may be used again.
    const items: unknown[] | undefined = Array.isArray(list) ? [...list] : undefined
    if (items?.every((item) => typeof item === 'string')) return items as string[]
    throw wrong(name, 'a string or an array of strings', value)
  }),
  headers: option('none', (value, name) => toHeaders(name, value)),
  origin: text('none'),
  maxMessageSize: {
    ...messageSize,
    check: (value, name) => Math.min(messageSize.check(value, name), MAX_MESSAGE_SIZE),
  },
  highWaterMark: bytes(1),
  receiveQueue: {
    ...RECEIVE_QUEUE_OPTIONS.bytes,
    check: (value = {}, name) => {
      checkObject(value, name)
      checkNames(value, RECEIVE_QUEUE_OPTIONS, undefined, `${name}.`)
      return RECEIVE_QUEUE_OPTIONS.bytes.check((value as ReceiveQueueOptions).bytes, `${name}.bytes`)
    },
  },
  tls: option('', (value, name) => toTls(name, value)),
  lookup: callback<LookupFunction>("the system's"),
  localAddress: text('any'),
  family: option('0', (value = 0, name) => {
    if (value === 0 || value === 4 || value === 6) return value
    throw wrong(name, '0, 4 or 6', value)
  }),
  busyPoll: {
    check: (value, name) => {
      if (value === undefined || value === 'auto') return undefined
      if (value === false) return 0
      if (typeof value === 'number' && value >= 1 && value <= MAX_BUSY_POLL) return value
      throw wrong(name, `'auto', false or a number of microseconds, 1 to ${MAX_BUSY_POLL}`, value)
    },
    shown: "`'auto'`",
    unit: 'µs',
  },
  reuseMemory: flag(false),
  signal: option('none', toSignal),
  proxy: option('`true`', (value, name) => toProxy(name, value)),
  proxyHeaders: option('none', (value, name) => (value === undefined ? undefined : toHeaders(name, value))),
  proxyTls: option('none', (value, name) => (value === undefined ? undefined : toTls(name, value))),
  compression: option('`false`', (value, name) => toCompression(name, value)),
  followRedirects: flag(false),
  maxRedirects: number(10, 0),
  driver: option("`'auto'`", (value, name): Driver => toDriver(name, value)),
  createConnection: callback<CreateConnection>('none'),
  agent: option('none', (value, name) => toAgent(name, value)),
} satisfies OptionRecords<ConnectOptions>
