/** The exit codes of the command line, for scripts. */

import { ERROR_CODES } from '../errors/codes.js'

/** Each exit code and what it means: the rows of the table in `docs/cli.md`. */
export const EXIT_CODES = {
  0: 'Done. The connection was closed on this side, or by the server with 1000, 1001 or no code.',
  1: 'Another error: a file that cannot be read or written, or a recording that is not valid.',
  2: 'The command is wrong: a flag, a value or the URL.',
  3: 'No connection: the name was not resolved, or no address, or the proxy, accepted it.',
  4: 'The TLS handshake failed.',
  5: 'The server did not accept the opening handshake.',
  6: 'The connection was lost, or closed by the server with another code, or while `ping` and `bench` were measuring.',
  7: 'The server violated the protocol, or sent a message over the limit.',
  8: 'A time limit passed: connecting, the messages of `--count`, all pings of `ping`, or the first replies of `bench`.',
  129: 'Ended by SIGHUP.',
  130: 'Ended by SIGINT (Ctrl-C), unless it is the usual way to end the command.',
  143: 'Ended by SIGTERM.',
} as const

/** An exit code. */
export type ExitCode = keyof typeof EXIT_CODES

/** Exit codes of errors that are not told by their class. */
const BY_CODE: Record<string, ExitCode> = {
  ERR_WS_TLS: 4,
  ERR_WS_HANDSHAKE_LOST: 5,
  ERR_WS_LOAD: 1,
  ERR_WS_PING_TIMEOUT: 6,
  ERR_WS_INVALID_DATA: 1,
}

const BY_CLASS: Record<string, ExitCode> = {
  TypeError: 2,
  ConnectError: 3,
  ProxyError: 3,
  HandshakeError: 5,
  ConnectionClosedError: 6,
  ProtocolError: 7,
  MessageTooBigError: 7,
  TimeoutError: 8,
}

/** Returns the exit code for the code of an error. */
export function exitCodeOf(code: string | undefined): ExitCode {
  if (code === undefined || !Object.hasOwn(ERROR_CODES, code)) return 1
  const [className] = ERROR_CODES[code as keyof typeof ERROR_CODES]
  return BY_CODE[code] ?? BY_CLASS[className] ?? 1
}

/** Close codes of a server that end the command with 0: normal, going away, none given. */
const GOOD_CLOSES: ReadonlySet<number> = new Set([1000, 1001, 1005])

/** Whether a server's close code is an ordinary end. */
export function isGoodClose(code: number): boolean {
  return GOOD_CLOSES.has(code)
}

const BY_SIGNAL: Partial<Record<NodeJS.Signals, ExitCode>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

/** Returns the exit code after a signal, as shells have it. */
export function exitCodeOfSignal(signal: NodeJS.Signals): ExitCode {
  return BY_SIGNAL[signal] ?? 1
}
