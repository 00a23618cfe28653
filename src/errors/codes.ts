/** The codes of all errors: for each its class, when it happens and what to do. Callers branch on codes, never on texts. */

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
  ERR_WS_UNKNOWN_OPTION: ['TypeError', 'There is no option of that name.', 'Look for a misspelling.'],
  ERR_WS_UNSUPPORTED_OPTION: [
    'TypeError',
    'The option exists but this version cannot do what it asks.',
    'Leave it out, or see the README for the state of it.',
  ],
  ERR_WS_INVALID_HEADER: [
    'TypeError',
    'A header or subprotocol cannot be sent, or belongs to the handshake; the message names the option to use.',
    'Correct or leave out the header.',
  ],
  ERR_WS_INVALID_DATA: [
    'TypeError',
    'send() or ping() got something it cannot send.',
    'Send a string, a Buffer, a view or an ArrayBuffer.',
  ],
  ERR_WS_INVALID_CLOSE: [
    'TypeError',
    'close() got a code that may not be sent or a reason over 123 bytes.',
    'Use 1000 or 3000-4999 and a short reason.',
  ],
  ERR_WS_RESOLVE: [
    'ConnectError',
    'The host name has no address (cause.code is ENOTFOUND or EAI_AGAIN), or there is no thread or file to look it up with (EAGAIN, EMFILE).',
    'Check the name; try again on EAI_AGAIN, or when threads and files are free again.',
  ],
  ERR_WS_CONNECT: [
    'ConnectError',
    'No address took the TCP connection (cause.code is ECONNREFUSED and so on), or there is no thread or file for it (EAGAIN, EMFILE).',
    'Check that the server runs and can be reached, and the limits of the process.',
  ],
  ERR_WS_PROXY: [
    'ProxyError',
    'There is no tunnel through the proxy: it cannot be reached, or refused; see status, or cause.code.',
    'Check the proxy, and whether it may connect there.',
  ],
  ERR_WS_PROXY_CREDENTIALS: [
    'ProxyError',
    'The proxy wants credentials, or others than it was given.',
    "Put user name and password into the proxy's URL.",
  ],
  ERR_WS_TLS: [
    'ConnectError',
    "The TLS handshake failed; cause.code is Node's, such as CERT_HAS_EXPIRED.",
    'Correct the certificate, or pass tls.ca.',
  ],
  ERR_WS_HANDSHAKE_LOST: [
    'ConnectError',
    'The connection ended during the TLS or HTTP handshake; the message shows how the answer began, if it had.',
    'Check that a WebSocket server listens there, and ws: against wss:.',
  ],
  ERR_WS_UNEXPECTED_STATUS: [
    'HandshakeError',
    'The server answered with another status than 101; see status, headers and body.',
    'Read the status: 401 wants credentials, 3xx points elsewhere.',
  ],
  ERR_WS_REDIRECT: [
    'HandshakeError',
    'A redirect was not followed: no Location or several, none to connect to, from wss: to ws:, or one too many.',
    'Connect to where it should lead, or raise maxRedirects.',
  ],
  ERR_WS_INVALID_RESPONSE: [
    'HandshakeError',
    'The answer is not HTTP/1.1 (the message shows its first bytes), is too large, or does not upgrade.',
    'Check that a WebSocket server listens there, and ws: against wss:.',
  ],
  ERR_WS_INVALID_ACCEPT: [
    'HandshakeError',
    'Sec-WebSocket-Accept is missing, repeated, or does not match the key.',
    'A cache or a broken server answered; look between.',
  ],
  ERR_WS_INVALID_EXTENSION: [
    'HandshakeError',
    'The server chose an extension that was not offered.',
    'The server is broken; report it there.',
  ],
  ERR_WS_INVALID_SUBPROTOCOL: [
    'HandshakeError',
    'The server chose a subprotocol that was not offered, none of those offered, or several.',
    'Offer what the server speaks.',
  ],
  ERR_WS_INTERNAL: [
    'ConnectError',
    'websocket-rs itself has failed while it connected.',
    'Report it, with what you connected to.',
  ],
  ERR_WS_CONNECT_TIMEOUT: [
    'TimeoutError',
    'connectTimeout ran out; phase says in which step.',
    'Try again, or raise connectTimeout.',
  ],
  ERR_WS_RECEIVE_TIMEOUT: [
    'TimeoutError',
    'No message came in time. The connection is as usable as before.',
    'Call recv() again, or raise receiveTimeout.',
  ],
  ERR_WS_SEND_TIMEOUT: [
    'TimeoutError',
    'The peer took too little for too long; this message was not sent.',
    'Send less, or raise sendTimeout or highWaterMark.',
  ],
  ERR_WS_PING_TIMEOUT: [
    'TimeoutError',
    'The peer did not answer a ping. From ping() the connection goes on; from the keepalive it ended.',
    'Reconnect, or raise pingTimeout.',
  ],
  ERR_WS_CLOSE_TIMEOUT: [
    'TimeoutError',
    'close() gave up after closeTimeout with messages unsent; the connection is closed.',
    'Raise closeTimeout, or find out why the peer does not read.',
  ],
  ERR_WS_PROTOCOL: [
    'ProtocolError',
    'The peer broke RFC 6455, or pings without taking pongs; failed with 1002, or 1008.',
    'The server is broken; report it there.',
  ],
  ERR_WS_INVALID_UTF8: [
    'ProtocolError',
    'A text message was not UTF-8; the connection was failed with 1007.',
    'The server should send binary messages.',
  ],
  ERR_WS_MESSAGE_TOO_BIG: [
    'MessageTooBigError',
    'A message was over maxMessageSize; the connection was failed with 1009.',
    'Raise maxMessageSize if the message is wanted.',
  ],
  ERR_WS_CLOSED: [
    'ConnectionClosedError',
    'The connection is closing or closed; see closeCode, closeReason and wasClean.',
    'Reconnect if closeCode is not 1000.',
  ],
  ERR_WS_INTERRUPTED: [
    'WebSocketError',
    'A signal that the program listens for (SIGINT, SIGTERM or SIGHUP; the message says which) ended a blocked call.',
    'Clean up and leave; the listener runs next.',
  ],
  ERR_WS_REENTRANT: [
    'WebSocketError',
    'A blocking call was made by a replaced function of Node, such as Buffer.allocUnsafeSlow, while messages were read.',
    'Do not block there.',
  ],
  ERR_WS_UNSUPPORTED_RUNTIME: [
    'WebSocketError',
    'connect() needs the event loop of Node, which Bun and Deno do not have.',
    'Run on Node, or use websocket-rs/sync.',
  ],
  ERR_WS_LOAD: [
    'WebSocketError',
    'The native binary could not be loaded; the message says why, and on which platform.',
    'Do what the message says.',
  ],
  ABORT_ERR: [
    'AbortError',
    'The signal of connect() or of a call was aborted.',
    'Nothing: you asked for it.',
  ],
} as const satisfies Record<string, readonly [className: string, when: string, remedy: string]>

/** A code of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES
