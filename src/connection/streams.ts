/** A connection as a pair of web streams, with back-pressure in both directions. */

import type { ReadableStream, WritableStream } from 'node:stream/web'
import type { Data, Message } from '../native/payload.js'
import { streams } from '../node/builtin.js'

/** What the streams need of a connection. */
interface Connection extends AsyncIterable<Message> {
  send(data: Data): Promise<void>
  close(): Promise<void>
  terminate(): void
}

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

/** Sends each chunk as a message. Closing the stream closes the connection, aborting it terminates the connection. */
export function toWritable(ws: Connection): WritableStream<Data> {
  const { WritableStream } = streams()
  return new WritableStream<Data>({
    write: (data) => ws.send(data),
    close: () => ws.close(),
    abort: () => ws.terminate(),
  })
}
