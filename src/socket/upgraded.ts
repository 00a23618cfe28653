/** Opens connections over streams on which Node has performed the opening handshake. */

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Failure, OpenedConnection } from '../native/binding.js'
import { native } from '../native/dispatch.js'
import type { Settings } from '../options/settings.js'
import { StreamRelay } from './stream-relay.js'

/** A stream after its upgrade. */
export interface Upgraded {
  readonly stream: Duplex
  /** The request's `Sec-WebSocket-Key`. */
  readonly key: string
  /** The response that has switched protocols. */
  readonly response: IncomingMessage
  /** Bytes that followed the response. */
  readonly head: Buffer
}

/** Makes a native connection that the stream carries, or says why the response does not open one. */
export function adopt(
  { request }: Settings,
  { stream, key, response: { rawHeaders }, head }: Upgraded,
): OpenedConnection | Failure {
  const { id } = new StreamRelay(stream)
  return native.openOver(request, {
    key,
    headers: rawHeaders,
    head,
    relay: id,
  })
}
