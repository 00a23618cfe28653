/** The arguments of the constructors, as settings of a connection. */

import type { ConnectOptions } from '../options/connect.js'
import type { HeaderList } from '../options/headers.js'
import { type Settings, toSettings } from '../options/settings.js'
import { checkProtocols, isToken, toAddress } from './address.js'
import { warnOfDispatcher } from './dispatcher.js'
import { toScalars, toStrings } from './idl.js'
import type { ConnectionInit, WebSocketInit } from './types.js'

/** The options of `connect` that are taken, and their defaults where they differ from those of `connect`. */
const TAKEN = {
  busyPoll: undefined,
  closeTimeout: 30_000,
  // Browsers and undici offer it.
  compression: true,
  connectTimeout: undefined,
  family: undefined,
  followRedirects: undefined,
  localAddress: undefined,
  lookup: undefined,
  maxMessageSize: 0,
  maxRedirects: undefined,
  origin: undefined,
  // Servers see no pings of a browser or of Node's WebSocket.
  pingInterval: 0,
  pingTimeout: undefined,
  proxy: false,
  proxyHeaders: undefined,
  proxyTls: undefined,
  tls: undefined,
} satisfies Required<ConnectionInit>

const NAMES = Object.keys(TAKEN) as (keyof ConnectionInit)[]

/** The value of a header: Latin-1 without the characters that end a line. */
const VALUE = /^[^\0\r\n\u0100-\uffff]*$/

/** Where to connect to, and how. */
export interface Target {
  readonly address: URL
  readonly settings: Settings
}

/** Converts subprotocols: a string, or a list of strings. */
function toProtocols(value: unknown): string[] {
  return typeof value === 'object' && value !== null ? toStrings(value, 'protocols') : [`${value}`]
}

function toOptions(init: WebSocketInit): ConnectOptions {
  // A copy of an object whose properties V8 knows, which takes a fraction of the time of a new one.
  const options: Record<string, unknown> = { ...TAKEN }
  for (const name of NAMES) {
    const value = init[name]
    if (value !== undefined) options[name] = value
  }
  if (init.dispatcher !== undefined) {
    const message = "the option dispatcher is not supported: use proxy, tls, lookup or undici's WebSocket"
    throw new DOMException(message, 'NotSupportedError')
  }
  if (init.proxy === undefined) warnOfDispatcher()
  return { ...options, headers: (init.headers ?? undefined) as HeaderList | undefined }
}

/** Checks headers, names and values in turn, as the class `Headers` does. Native code would report them later. */
function checkHeaders(headers: readonly string[]): void {
  headers.forEach((text, at) => {
    const isValid = at % 2 === 0 ? isToken(text) : VALUE.test(text)
    if (!isValid)
      throw new TypeError(`invalid header ${at % 2 === 0 ? 'name' : 'value'}: ${JSON.stringify(text)}`)
  })
}

/**
 * Converts the arguments of a constructor.
 *
 * @param second subprotocols or options
 * @throws DOMException and TypeError as the constructor.
 */
export function toTarget(url: unknown, second: unknown): Target {
  const text = toScalars(url)
  const isInit = typeof second === 'object' && second !== null && !(Symbol.iterator in second)
  const init: WebSocketInit = isInit ? second : { protocols: second as string[] }
  const protocols = init.protocols === undefined ? [] : toProtocols(init.protocols)
  const address = toAddress(text)
  checkProtocols(protocols)
  const settings = toSettings(address.href, { ...toOptions(init), protocols })
  checkHeaders(settings.request.headers ?? [])
  return { address, settings }
}
