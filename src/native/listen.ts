/** Registers the receivers of batches. While there is one, held messages are flushed when the process exits. */

import { addon } from './binding.js'
import { type Receiver, receivers } from './dispatch.js'
import { flushAtExit } from './flush.js'

/** Delivers the batches of a connection to a receiver, until {@link forget}. */
export function listen(id: number, receiver: Receiver): void {
  if (receivers.size === 0) watchExit()
  receivers.set(id, receiver)
}

/** Removes the receiver of a connection. */
export function forget(id: number): void {
  if (receivers.delete(id) && receivers.size === 0) unwatchExit()
}

/** Flushes when the process exits. All copies of the package that share the binary share one listener. */
function watchExit(): void {
  addon.exits ??= new Set()
  const { exits } = addon
  if (exits.size === 0) {
    const listener = () => {
      for (const handle of exits) handle()
    }
    addon.exitListener = listener
    process.on('exit', listener)
  }
  exits.add(flushAtExit)
}

function unwatchExit(): void {
  const { exits, exitListener } = addon
  if (!exits?.delete(flushAtExit) || exits.size > 0 || exitListener === undefined) return
  process.off('exit', exitListener)
  // Both belong to the copy that made them, which can be collected now.
  delete addon.exits
  delete addon.exitListener
}
