/** What `console.log` shows of a connection. */

import type { InspectOptions, inspect } from 'node:util'

const STATES = ['connecting', 'open', 'closing', 'closed']

/** What is shown. */
interface Shown {
  readonly url: string
  readonly protocol: string
  readonly extensions: string
  readonly readyState: number
  readonly bufferedAmount: number
  readonly closeCode: number | undefined
  readonly closeReason: string
  stats(): { queuedMessages: number; queuedBytes: number }
}

/** Returns the text for a connection, as `util.inspect.custom` wants it. */
export function show(
  name: string,
  ws: Shown,
  url: string,
  options: InspectOptions,
  print: typeof inspect,
): string {
  const { protocol, extensions, readyState, bufferedAmount, closeCode, closeReason } = ws
  const { queuedMessages, queuedBytes } = ws.stats()
  const isOver = closeCode !== undefined
  const shown = {
    url,
    state: STATES[readyState],
    ...(protocol === '' ? {} : { protocol }),
    ...(extensions === '' ? {} : { extensions }),
    ...(isOver ? { closeCode, closeReason } : { bufferedAmount }),
    queuedMessages,
    queuedBytes,
  }
  return `${name} ${print(shown, options)}`
}
