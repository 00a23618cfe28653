/**
 * Both APIs behind one shape, so that one test body runs on both. The methods of a blocking
 * connection give values, which `await` takes as they are; what they throw comes out of the `async`
 * functions here as a rejection.
 */

import { type Connection, type ConnectOptions, connect, type Message } from 'websocket-rs'
import { connect as connectSync, type SyncConnection } from 'websocket-rs/sync'

/** A connection of either API. */
export type AnyConnection = Connection | SyncConnection

/** One API. */
export interface Api {
  name: string
  isBlocking: boolean
  connect(url: string | URL, options?: ConnectOptions): Promise<AnyConnection>
  /** Iterates until the end, or until `count` messages are there. */
  iterate(ws: AnyConnection, count?: number): Promise<Message[]>
}

async function iterate(ws: AnyConnection, count = Number.POSITIVE_INFINITY): Promise<Message[]> {
  const messages: Message[] = []
  // `for await` takes both kinds of iterators.
  for await (const message of ws as AsyncIterable<Message>) {
    messages.push(message)
    if (messages.length === count) break
  }
  return messages
}

export const apis: Api[] = [
  { name: 'promise API', isBlocking: false, connect: (url, options) => connect(url, options), iterate },
  {
    name: 'blocking API',
    isBlocking: true,
    connect: async (url, options) => connectSync(url, options),
    iterate,
  },
]

/** Runs a call of either API; what it throws becomes a rejection. */
export async function call<T>(run: () => Promise<T> | T): Promise<T> {
  return run()
}
