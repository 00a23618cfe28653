/** The options that bring a stream, or that only streams of Node serve: what the socket driver is chosen for. */

import type { Agent } from 'node:http'
import type { Duplex } from 'node:stream'
import type { TlsRequest } from '../native/binding.js'
import { wrong } from './checks.js'

/** What carries the bytes of a connection. */
export type Driver = 'auto' | 'socket'

/**
 * Opens the stream of a connection: returns it, or calls back with it. For `wss:` it has to be one on which TLS is laid.
 *
 * @param options those of `net.connect`, and for `wss:` those of `tls.connect`
 */
export type CreateConnection = (
  options: object,
  callback: (error: Error | null, stream?: Duplex) => void,
) => Duplex | null | undefined

/** The settings of the socket driver. */
export interface SocketSettings {
  /** The option that has chosen the driver. */
  readonly option: string
  readonly createConnection: CreateConnection | undefined
  readonly agent: Agent | undefined
}

/** The settings of the socket driver if no option has chosen it. */
export const NO_STREAM: SocketSettings = { option: 'driver', createConnection: undefined, agent: undefined }

/** The driver of connects that name none. Tests change it. */
export const preferred: { driver: Driver } = { driver: 'auto' }

/** Checks the option `driver`. */
export function toDriver(name: string, value: unknown): Driver {
  if (value === undefined || value === 'auto') return 'auto'
  if (value === 'socket') return value
  throw wrong(name, "'auto' or 'socket'", value)
}

/** Checks the option `agent`. */
export function toAgent(name: string, value: unknown): Agent | undefined {
  if (value === undefined) return undefined
  const { createSocket } = Object(value) as { createSocket?: unknown }
  if (typeof createSocket === 'function') return value as Agent
  throw wrong(name, 'an http.Agent', value)
}

/** Returns the settings of the socket driver if an option chooses it. */
export function toSocketSettings(
  driver: Driver,
  createConnection: CreateConnection | undefined,
  agent: Agent | undefined,
  tls: TlsRequest,
  proxyTls: TlsRequest | undefined,
): SocketSettings | undefined {
  const option =
    createConnection !== undefined
      ? 'createConnection'
      : agent !== undefined
        ? 'agent'
        : (nodeOption('tls', tls) ??
          nodeOption('proxyTls', proxyTls) ??
          (driver === 'auto' ? undefined : 'driver'))
  return option === undefined ? undefined : { option, createConnection, agent }
}

/** Returns the name of an option of TLS that only Node has. */
function nodeOption(group: string, request: TlsRequest | undefined): string | undefined {
  const [name] = Object.keys(request?.openssl ?? {})
  return name === undefined ? undefined : `${group}.${name}`
}
