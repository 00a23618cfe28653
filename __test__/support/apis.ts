/**
 * The promise API and the blocking API behind one interface, so that one test body runs with both. The methods of a
 * blocking connection return values, which `await` passes through; an `async` function turns what they throw into a
 * rejection.
 */

import { type Connection, type ConnectOptions, connect, type Message } from 'websocket-rs'
import { connect as connectSync, type SyncConnection } from 'websocket-rs/sync'

/** A connection of the promise API or of the blocking API. */
export type AnyConnection = Connection | SyncConnection

/** One of the APIs. */
export interface Api {
  name: string
  isBlocking: boolean
  connect(url: string | URL, options?: ConnectOptions): Promise<AnyConnection>
  /** Iterates over the messages until the end, or until `count` messages have been received. */
  iterate(ws: AnyConnection, count?: number): Promise<Message[]>
}

async function iterate(ws: AnyConnection, count = Number.POSITIVE_INFINITY): Promise<Message[]> {
  const messages: Message[] = []
  // `for await` accepts both kinds of iterators.
  for await (const message of ws as AsyncIterable<Message>) {
    messages.push(message)
    if (messages.length === count) break
  }
  return messages
}

const both: Api[] = [
  { name: 'promise API', isBlocking: false, connect: (url, options) => connect(url, options), iterate },
  {
    name: 'blocking API',
    isBlocking: true,
    connect: async (url, options) => connectSync(url, options),
    iterate,
  },
]

/** Both APIs; only the promise API if the tests run with a driver that the blocking API does not have. */
export const apis = both.filter(({ isBlocking }) => !isBlocking || !process.env.WEBSOCKET_RS_TEST_DRIVER)

/** Runs a call of either API. Rejects with what the call throws. */
export async function call<T>(run: () => T): Promise<Awaited<T>> {
  return await run()
}
