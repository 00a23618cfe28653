/**
 * The options of `connect`, one type for both APIs.
 * Every time is in milliseconds; `0` or `Infinity` means no limit.
 */

import type { LookupFunction } from 'node:net'
import type { HeaderList } from './headers.js'
import type { TlsOptions } from './tls.js'

/** Options of `connect`. */
export interface ConnectOptions {
  /** Time for all of connecting: DNS, TCP, proxy, TLS, upgrade and redirects, in ms. Default 30 000. */
  connectTimeout?: number
  /** Time a `recv` or `recvMany` waits, in ms. Default 30 000; iteration has none unless it is set. */
  receiveTimeout?: number
  /** Time a `send` above the high-water mark waits, in ms. Default 30 000. */
  sendTimeout?: number
  /** Time for the closing handshake, in ms. Default 10 000. */
  closeTimeout?: number
  /** Time between keepalive pings, in ms. Default 20 000. */
  pingInterval?: number
  /** Silence after a ping that ends the connection, in ms. Default 20 000. */
  pingTimeout?: number
  /**
   * Time without a message after which the connection ends with `ERR_WS_IDLE_TIMEOUT`, in ms. Default: none. Time in which
   * reading is paused does not count. The blocking API checks it in calls that wait.
   */
  idleTimeout?: number
  /** Subprotocols to offer, the preferred one first (RFC 6455 section 1.9). */
  protocols?: string | string[]
  /**
   * Request headers. `Host` and `Authorization` replace the default ones. Those of the handshake itself are refused,
   * unless they say what it says anyway (`Upgrade: websocket`). A list of values is a line for each, as Node sends it;
   * cookies are one line. Values are sent as Latin-1.
   */
  headers?: HeaderList
  /** `Origin` header. */
  origin?: string
  /** Most bytes of one incoming message. Default 64 MiB; 512 MiB is the most, and what 0 means. */
  maxMessageSize?: number
  /** Unsent bytes at which `send` begins to wait. Default 1 MiB. */
  highWaterMark?: number
  /** How much may wait unread, payload plus 64 bytes a message, before reading stops. Default 1 MiB. */
  receiveQueue?: { bytes?: number }
  /** TLS options, for `wss:`. */
  tls?: TlsOptions
  /**
   * Resolves host names instead of the system: as Node's `dns.lookup`, which is asked for all addresses. Under the
   * blocking face it has to call back before it returns. Not asked for names that a proxy resolves.
   */
  lookup?: LookupFunction
  /** Local address to connect from. */
  localAddress?: string
  /** 4 or 6 to use only that version of IP. Default 0, both. */
  family?: 0 | 4 | 6
  /**
   * How long to wait for a reply awake before the thread sleeps: at most so many microseconds, 1 to 1000,
   * or never. Default `'auto'`: at most 50 us, and only where replies have been coming that soon and no other
   * process wants the core. Before, the socket is read at once (at most twice), as long as that has been finding
   * replies. Ends at the first event of anything the loop waits for; of replies that are there at once, 16 or those
   * of 100 us come before other events, and none after more than 128 KiB. Has no effect under Windows' event loop.
   */
  busyPoll?: 'auto' | false | number
  /**
   * Whether the memory of binary messages is used again once the next ones are asked for, by `recv`, `recvMany` or
   * iteration: until then, and by one reader at a time, they can be used; what is kept longer has to be copied
   * (`Buffer.from(message)`). The memory is warm then, which makes messages of 4 to 64 KiB mostly 5 to 20 %
   * quicker. Texts are not affected. Default `false`: messages can be kept.
   */
  reuseMemory?: boolean
  /** Aborts connecting; an open connection is not affected. */
  signal?: AbortSignal
  /**
   * The proxy to connect through: an `http:`, `https:`, `socks4:`, `socks4a:`, `socks5:`, `socks5h:` or `socks:` URL, in
   * which user name and password may stand; `false` for none. Default `true`, the environment's: `ws_proxy`,
   * `http_proxy` and `all_proxy` for `ws:`, `wss_proxy`, `https_proxy` and `all_proxy` for `wss:`, in lower or upper
   * case, but for loopback and what `no_proxy` lists.
   */
  proxy?: string | URL | boolean
  /**
   * Headers of the CONNECT request to an `http:` or `https:` proxy, the environment's too; never sent to the server.
   * `Proxy-Authorization` replaces the credentials of the proxy's URL. Without such a proxy they are checked and not
   * used.
   */
  proxyHeaders?: HeaderList
  /** TLS options for an `https:` proxy; what `tls` says is not for it. */
  proxyTls?: TlsOptions
  /** Only `false` in this version: permessage-deflate is not offered. */
  compression?: false
  /**
   * Whether to follow redirects, within `connectTimeout`. Default `false`: a redirect is a HandshakeError. On the way to
   * another origin credentials, cookies, `Host`, the client's certificate and `servername` are left out, and all other
   * headers go along; one from `wss:` to `ws:` is never followed.
   */
  followRedirects?: boolean
  /** How many redirects are followed, one after the other. Default 10. */
  maxRedirects?: number
}
