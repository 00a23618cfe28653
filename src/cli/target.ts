/** Where to connect to, and how: the URL and the options of `connect`, as flags say them. */

import { readFileSync } from 'node:fs'
import type { ConnectOptions } from '../options/connect.js'
import type { TlsOptions } from '../options/tls.js'
import type { Command } from './arguments.js'
import { COMMANDS } from './flags.js'
import { CommandError, misuse } from './mistakes.js'
import { suggest } from './suggest.js'
import { toDuration, toSize } from './values.js'

/** Where to connect to, and how. */
export interface Target {
  url: string
  options: ConnectOptions
  /** Whether to connect again. */
  reconnects: boolean
}

/** Time for the closing handshake, in ms. */
const CLOSE_TIMEOUT = 5000

const HAS_SCHEME = /^[a-z][a-z0-9+.-]*:\/\/|^wss?\+unix:/i
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])?(?::\d+)?(?:[/?]|$)/i

/**
 * Returns an address as a URL. Without a scheme it is `ws:` on this machine (`localhost:8080`, `:8080`) and `wss:` on
 * others (`example.com/feed`).
 */
export function toURL(address: string): string {
  if (HAS_SCHEME.test(address)) return address
  if (!/[.:[]|^localhost(?:[/?]|$)/i.test(address)) {
    const meant = suggest(address, Object.keys(COMMANDS))
    const hint = 'Write ws://HOST:PORT or wss://HOST; websocket-rs help lists the commands.'
    throw misuse(
      `${JSON.stringify(address)} is neither a URL nor a command${meant}`,
      meant === '' ? hint : undefined,
    )
  }
  if (!LOOPBACK.test(address)) return `wss://${address}`
  return `ws://${/^[:/?]/.test(address) ? 'localhost' : ''}${address}`
}

/** Reads a file that a flag names. */
export function readInput(path: string, what: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new CommandError(`cannot read ${what}: ${(error as Error).message}`)
  }
}

/** Returns a value, or the content of the file that `@FILE` names, without the last line feed. */
function orFile(value: string, flag: string): string {
  return value.startsWith('@')
    ? readInput(value.slice(1), flag)
        .toString('utf8')
        .replace(/\r?\n$/, '')
    : value
}

function toHeader(line: string): [string, string] {
  const colon = line.indexOf(':')
  if (colon < 1)
    throw misuse(
      `--header ${JSON.stringify(line.slice(0, 20))} has no colon`,
      'Write --header "Name: value".',
    )
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
}

function toHeaders(command: Command): [string, string][] {
  const lines = command.values('header').flatMap((value) => orFile(value, '--header').split(/\r?\n/))
  const headers = lines.filter((line) => line.trim() !== '').map(toHeader)
  const auth = command.value('auth')
  if (auth === undefined) return headers
  if (headers.some(([name]) => name.toLowerCase() === 'authorization')) {
    throw misuse('--auth and --header Authorization exclude each other')
  }
  const credentials = orFile(auth, '--auth')
  // RFC 7617 section 2. The value is not shown, as it may be a password.
  if (!credentials.includes(':')) throw misuse('--auth has no colon', 'Write --auth USER:PASSWORD.')
  return [...headers, ['Authorization', `Basic ${Buffer.from(credentials).toString('base64')}`]]
}

function toTls(command: Command): TlsOptions {
  const [cert, key, passphrase] = [command.value('cert'), command.value('key'), command.value('passphrase')]
  const ca = command.values('ca')
  if ((cert === undefined) !== (key === undefined)) throw misuse('--cert and --key belong together')
  return {
    ca: ca.length === 0 ? undefined : ca.map((path) => readInput(path, '--ca')),
    cert: cert && readInput(cert, '--cert'),
    key: key && readInput(key, '--key'),
    passphrase: passphrase && orFile(passphrase, '--passphrase'),
    servername: command.value('servername'),
    rejectUnauthorized: command.has('insecure') ? false : undefined,
  }
}

function toProxy(command: Command): string | boolean {
  const proxy = command.value('proxy')
  if (proxy !== undefined && command.has('no-proxy'))
    throw misuse('--proxy and --no-proxy exclude each other')
  return proxy ?? !command.has('no-proxy')
}

/** Returns a time as the options of `connect` have it: 0 for none. */
function orNone(duration: number): number {
  return Number.isFinite(duration) ? duration : 0
}

/** Reads `--timeout`, in ms. */
export function toTimeout(command: Command, fallback: number): number {
  const text = command.value('timeout')
  const duration = text === undefined ? fallback : toDuration(text, '--timeout')
  if (duration === 0) throw misuse('--timeout has to be above 0', 'Write forever for no limit.')
  return duration
}

/** Reads the flags of connecting. */
export function toTarget(command: Command, address: string): Target {
  const size = command.value('max-size')
  return {
    url: toURL(address),
    reconnects: command.has('reconnect'),
    options: {
      closeTimeout: CLOSE_TIMEOUT,
      connectTimeout: orNone(toTimeout(command, 30_000)),
      headers: toHeaders(command),
      protocols: command.values('subprotocol'),
      origin: command.value('origin'),
      tls: toTls(command),
      proxy: toProxy(command),
      compression: command.has('compress'),
      followRedirects: command.has('follow'),
      maxMessageSize: size === undefined ? undefined : toSize(size, '--max-size'),
    },
  }
}
