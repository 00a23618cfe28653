/** Registers the receivers of batches. From the first one on, held messages are flushed when the process exits. */

import { addon } from './binding.js'
import { type Receiver, receivers } from './dispatch.js'

/** Delivers the batches of a connection to a receiver, until {@link forget}. */
export function listen(id: number, receiver: Receiver): void {
  if (receivers.size === 0) watchExit()
  receivers.set(id, receiver)
}

/** Removes the receiver of a connection. */
export function forget(id: number): void {
  receivers.delete(id)
}

/** A listener of the process, and the library that it flushes if it is ours. */
type ExitListener = (() => void) & { library?: number }

const flushAtExit: ExitListener = addon.flushAtExit
flushAtExit.library ??= addon.library()

/**
 * Flushes all copies of the package that share the library when the process exits. The listener is a native function that
 * refers to no copy, so it stays: to add and to remove one with each connection takes longer (decision 0056).
 */
function watchExit(): void {
  // The program may have removed all listeners.
  for (const listener of process.listeners('exit') as ExitListener[])
    if (listener.library === flushAtExit.library) return
  process.on('exit', flushAtExit)
}
