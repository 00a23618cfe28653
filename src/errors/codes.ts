/** The codes of all errors: for each its class, when it occurs and what to do. Callers branch on codes, never on texts. */

/** The phases of a connection, in order. */
export type Phase = 'options' | 'load' | 'resolve' | 'dial' | 'proxy' | 'tls' | 'upgrade' | 'open' | 'close'

/** Code, class, when it occurs and what to do: the rows of the table in `docs/api.md`. */
export const ERROR_CODES = {
  ERR_WS_INVALID_URL: [
    'TypeError',
    'The URL is malformed, has a scheme other than ws, wss, http, https, ws+unix or wss+unix, or a fragment.',
    'Correct the URL.',
  ],
  ERR_WS_INVALID_OPTION: [
    'TypeError',
    'An option has a wrong type or value; the message names it.',
    'Correct the option.',
  ],
  ERR_WS_UNKNOWN_OPTION: [
    'TypeError',
    'There is no option of that name; the message suggests another, if one is close.',
    'Look for a misspelling.',
  ],
  ERR_WS_UNSUPPORTED_OPTION: [
    'TypeError',
    'This version does not support the option or its value.',
    'Leave it out; the README has the state of it.',
  ],
  ERR_WS_INVALID_HEADER: [
    'TypeError',
    'A header or subprotocol cannot be sent, or belongs to the handshake; the message names the option to use.',
    'Correct or leave out the header.',
  ],
  ERR_WS_INVALID_DATA: [
    'TypeError',
    'The argument is not a message, not an iterable of messages (sendMany), has no JSON text (sendJSON), or is too long for a ping.',
    'Send a string, a Buffer, a view or an ArrayBuffer.',
  ],
  ERR_WS_INVALID_CLOSE: [
    'TypeError',
    'The code of close() may not be sent, or the reason has more than 123 bytes.',
    'Use 1000 or 3000-4999 and a short reason.',
  ],
  ERR_WS_RESOLVE: [
    'ConnectError',
    'The host name has no address (cause.code is ENOTFOUND or EAI_AGAIN), or the lookup found no free thread or file (EAGAIN, EMFILE).',
    'Check the name; retry after EAI_AGAIN, or when threads and files are free.',
  ],
  ERR_WS_CONNECT: [
    'ConnectError',
    'No address accepted the TCP connection (cause.code is ECONNREFUSED, for instance), or there was no free thread or file (EAGAIN, EMFILE).',
    'Check that the server runs and is reachable, and the limits of the process.',
  ],
  ERR_WS_PROXY: [
    'ProxyError',
    'The proxy is unreachable or refused the tunnel; see status or cause.code.',
    'Check the proxy, and whether it allows the target.',
  ],
  ERR_WS_PROXY_CREDENTIALS: [
    'ProxyError',
    'The proxy requires credentials, or rejected those it was given.',
    "Add user name and password to the proxy's URL.",
  ],
  ERR_WS_TLS: [
    'ConnectError',
    "The TLS handshake failed; cause.code is Node's, such as CERT_HAS_EXPIRED.",
    'Correct the certificate, or pass tls.ca.',
  ],
  ERR_WS_HANDSHAKE_LOST: [
    'ConnectError',
    'The connection ended during the TLS or HTTP handshake; the message shows the beginning of the response, if any.',
    'Check that a WebSocket server listens there, and whether it needs ws: or wss:.',
  ],
  ERR_WS_UNEXPECTED_STATUS: [
    'HandshakeError',
    'The status of the response is not 101; see status, headers and body.',
    'See the status: 401 requires credentials, 3xx redirects.',
  ],
  ERR_WS_REDIRECT: [
    'HandshakeError',
    'A redirect could not be followed: no Location, several, an invalid one, one from wss: to ws:, or more than maxRedirects.',
    'Connect to the target of the redirect, or raise maxRedirects.',
  ],
  ERR_WS_INVALID_RESPONSE: [
    'HandshakeError',
    'The response is not HTTP/1.1 (the message shows its first bytes), is too large, or does not upgrade.',
    'Check that a WebSocket server listens there, and whether it needs ws: or wss:.',
  ],
  ERR_WS_INVALID_ACCEPT: [
    'HandshakeError',
    'Sec-WebSocket-Accept is missing, repeated, or does not match the key.',
    'The response is from a cache or a broken server: check what is in between.',
  ],
  ERR_WS_INVALID_EXTENSION: [
    'HandshakeError',
    'The server chose an extension that was not offered, or parameters of permessage-deflate that the offer does not allow; the message names them.',
    'Connect without compression, and report it to the operator of the server.',
  ],
  ERR_WS_INVALID_SUBPROTOCOL: [
    'HandshakeError',
    'The server chose a subprotocol that was not offered, none of those offered, or several.',
    'Offer a subprotocol that the server supports.',
  ],
  ERR_WS_INTERNAL: [
    'ConnectError',
    'websocket-rs failed internally while connecting.',
    'Report it to websocket-rs, with the kind of server.',
  ],
  ERR_WS_CONNECT_TIMEOUT: [
    'TimeoutError',
    'connectTimeout passed; phase is the step.',
    'Retry, or raise connectTimeout.',
  ],
  ERR_WS_RECEIVE_TIMEOUT: [
    'TimeoutError',
    'No message arrived within the timeout. The connection stays open.',
    'Call recv() again, or raise receiveTimeout.',
  ],
  ERR_WS_SEND_TIMEOUT: [
    'TimeoutError',
    'The peer read too slowly, or a message in chunks before this one was not complete. After send() the message was not sent; after flush() the message says how many bytes are unsent.',
    'Send less, or raise sendTimeout or highWaterMark.',
  ],
  ERR_WS_PING_TIMEOUT: [
    'TimeoutError',
    'The peer did not answer a ping, or the pong is behind unread messages. After ping() the connection stays open; after a ping of the keepalive it has ended.',
    'Reconnect, or raise pingTimeout.',
  ],
  ERR_WS_IDLE_TIMEOUT: [
    'TimeoutError',
    'No message came for idleTimeout, and the connection was ended.',
    'Reconnect, or raise idleTimeout.',
  ],
  ERR_WS_CLOSE_TIMEOUT: [
    'TimeoutError',
    'closeTimeout passed before all messages were sent; the connection is closed.',
    'Raise closeTimeout, or find out why the peer does not read.',
  ],
  ERR_WS_PROTOCOL: [
    'ProtocolError',
    'The peer violated RFC 6455 or 7692 (close code 1002; 1007 if a compressed message is not valid), or sends too many fragments of a message, or pings without reading pongs (1008).',
    'Report it to the operator of the server.',
  ],
  ERR_WS_INVALID_UTF8: [
    'ProtocolError',
    'A text message was not UTF-8 (close code 1007).',
    'The server should send binary messages.',
  ],
  ERR_WS_MESSAGE_TOO_BIG: [
    'MessageTooBigError',
    'A message was larger than maxMessageSize (close code 1009).',
    'Raise maxMessageSize.',
  ],
  ERR_WS_INVALID_JSON: [
    'InvalidJSONError',
    'recvJSON() or json() received a message that is not JSON; see data. The connection stays open.',
    'Receive the next message, or read this one from data.',
  ],
  ERR_WS_CLOSED: [
    'ConnectionClosedError',
    'The connection is closing or closed; see closeCode, closeReason and wasClean.',
    'Reconnect if closeCode is not 1000.',
  ],
  ERR_WS_INTERRUPTED: [
    'WebSocketError',
    'A signal with a listener (SIGINT, SIGTERM or SIGHUP; see the message) ended a blocked call.',
    'Clean up and return: the listener runs next.',
  ],
  ERR_WS_REENTRANT: [
    'WebSocketError',
    'A replaced function of Node, such as Buffer.allocUnsafeSlow, made a blocking call while native code was reading; or the iterable that the blocking send() takes its chunks from called send().',
    'Do not make blocking calls there.',
  ],
  ERR_WS_UNREAD_STREAM: [
    'WebSocketError',
    'A blocking call waits for a message behind a stream of which the unread chunks fill the receive queue.',
    'Read the stream to its end, or cancel it.',
  ],
  ERR_WS_LOAD: [
    'WebSocketError',
    'The native binary could not be loaded; the message has the reason and the platform.',
    'Follow the message.',
  ],
  ABORT_ERR: [
    'AbortError',
    'The signal of connect(), of connect.forever() or of a call was aborted.',
    'None: the program requested it.',
  ],
} as const satisfies Record<string, readonly [className: string, when: string, remedy: string]>

/** A code of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES
