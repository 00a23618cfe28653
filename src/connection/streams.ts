/** A connection as a pair of web streams, with back-pressure in both directions. */

import type { ReadableStream, WritableStream, WritableStreamDefaultController } from 'node:stream/web'
import type { Data, Message } from '../native/payload.js'
import { streams } from '../node/builtin.js'

/** What the streams need of a connection. */
interface Connection extends AsyncIterable<Message> {
  send(data: Data): Promise<void>
  close(): Promise<void>
  terminate(): void
  readonly closed: Promise<unknown>
  /** The error of a call on a connection that has ended. */
  endError(): Error
}

/** Node's types lack the signal. */
type WithSignal = WritableStreamDefaultController & { readonly signal: AbortSignal }

/** The received messages. A message is taken only when the consumer pulls it. */
export function toReadable(ws: Connection): ReadableStream<Message> {
  const { ReadableStream } = streams()
  let messages: AsyncIterator<Message>
  return new ReadableStream<Message>(
    {
      start() {
        messages = ws[Symbol.asyncIterator]()
      },
      async pull(controller) {
        const { value, done } = await messages.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await messages.return?.()
        await ws.close()
      },
    },
    { highWaterMark: 0 },
  )
}

/**
 * Sends each chunk as a message. Closing the stream closes the connection, aborting it terminates the connection. The
 * stream fails when the connection ends, so that a pipe from a silent source ends as well.
 */
export function toWritable(ws: Connection): WritableStream<Data> {
  const { WritableStream } = streams()
  let isClosing = false
  return new WritableStream<Data>({
    start(controller) {
      // The stream calls `abort` only after a pending write, which may wait for the peer.
      const { signal } = controller as WithSignal
      signal.addEventListener('abort', () => ws.terminate(), { once: true })
      void ws.closed.then(() => {
        if (!isClosing) controller.error(ws.endError())
      })
    },
    write: (data) => ws.send(data),
    close() {
      isClosing = true
      return ws.close()
    },
    abort: () => ws.terminate(),
  })
}
