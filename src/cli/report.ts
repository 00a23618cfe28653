/** Errors as the command line shows them: one line with the code and what to do. */

import { ERROR_CODES } from '../errors/codes.js'
import { type ExitCode, exitCodeOf } from './exit-codes.js'
import { CommandError } from './mistakes.js'
import { withFlags } from './option-flags.js'
import { printable } from './printable.js'
import type { Style } from './style.js'

/** Not every command has the flag. */
const RECONNECT = 'Run the command again; websocket-rs URL and record do that by themselves with --reconnect.'

/** What to do after an error, where the flags have other names than the options. */
const HINTS: Record<string, string> = {
  ERR_WS_INVALID_URL: 'Write ws://HOST:PORT/PATH or wss://HOST/PATH.',
  ERR_WS_INVALID_OPTION: 'Correct the flag or the variable.',
  ERR_WS_INVALID_HEADER: 'Correct --header, --origin or --subprotocol.',
  ERR_WS_TLS: 'Correct the certificate, pass --ca FILE, or accept any with --insecure.',
  ERR_WS_PROXY: 'Check --proxy, or the variables http_proxy and https_proxy; --no-proxy uses none.',
  ERR_WS_PROXY_CREDENTIALS: 'Write --proxy http://USER:PASSWORD@HOST:PORT.',
  ERR_WS_REDIRECT: 'Connect to the target of the redirect.',
  ERR_WS_INVALID_EXTENSION: 'Leave out --compress, and report it to the operator of the server.',
  ERR_WS_INVALID_SUBPROTOCOL: 'Offer a subprotocol that the server supports with --subprotocol.',
  ERR_WS_CONNECT_TIMEOUT: 'Retry, or raise --timeout.',
  ERR_WS_PING_TIMEOUT: RECONNECT,
  ERR_WS_CLOSE_TIMEOUT: 'Find out why the server does not read.',
  ERR_WS_MESSAGE_TOO_BIG: 'Raise --max-size.',
  ERR_WS_INVALID_UTF8: 'Report it to the operator of the server.',
  ERR_WS_CLOSED: RECONNECT,
}

/** Codes of errors whose messages name an option, and nothing that a server has sent. */
const NAMES_OPTIONS = ['ERR_WS_INVALID_OPTION', 'ERR_WS_INVALID_HEADER', 'ERR_WS_MESSAGE_TOO_BIG']

/** What to do after a status of the server. */
function hintOfStatus(status: number): string | undefined {
  if (status === 401 || status === 403) return 'Authenticate with --auth or --header.'
  if (status >= 300 && status < 400) return 'Follow redirects with --follow.'
  if (status === 404) return 'Check the path of the URL.'
  return undefined
}

/** The fields of errors that are shown. */
interface Shown extends Error {
  code?: string
  status?: number
  cause?: unknown
}

/** What to do after an `ERR_WS_TLS`, by the code of its cause, if trusting the certificate does not help. */
const TLS_HINTS: Record<string, string> = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'Write ws: if the server has no TLS.',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'The server has to support TLS 1.2 or 1.3.',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'Pass --cert FILE and --key FILE.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'Correct the URL, pass --servername NAME, or accept any with --insecure.',
}

function hintOf(error: Shown): string | undefined {
  if (error instanceof CommandError) return error.hint
  const { code = '', status = 0 } = error
  if (code === 'ERR_WS_TLS')
    return TLS_HINTS[(error.cause as Shown | undefined)?.code ?? ''] ?? HINTS.ERR_WS_TLS
  if (code === 'ERR_WS_UNEXPECTED_STATUS') return hintOfStatus(status) ?? 'Check the URL and the server.'
  if (Object.hasOwn(HINTS, code)) return HINTS[code]
  return Object.hasOwn(ERROR_CODES, code) ? ERROR_CODES[code as keyof typeof ERROR_CODES][2] : undefined
}

/**
 * Returns the line about an error, without a line feed. Nothing in it can reach the terminal as a control character.
 *
 * @param isRetried whether the command connects again by itself
 */
export function errorLine(thrown: unknown, style: Style, isRetried = false): string {
  const error: Shown = thrown instanceof Error ? thrown : new Error(String(thrown))
  const code = error.code === undefined ? '' : `${error.code}: `
  const hint = hintOf(error)
  const message = NAMES_OPTIONS.includes(error.code ?? '') ? withFlags(error.message) : error.message
  const line = `websocket-rs: ${style('error', printable(code + message))}`
  return hint === undefined || (isRetried && hint === RECONNECT) ? line : `${line}. ${style('hint', hint)}`
}

/** Returns the exit code of an error. */
export function exitCodeOfError(error: unknown): ExitCode {
  return error instanceof CommandError ? error.exitCode : exitCodeOf((error as { code?: string }).code)
}
