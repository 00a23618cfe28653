/** The end of a stream that has carried a connection. */

import type { Duplex } from 'node:stream'
import { clearTimeout, setTimeout } from '../node/timers.js'

/** The most time that a stream has to close, in ms. */
const TIMEOUT = 2000

/** Runs a task when a stream has closed, which may still write the end of its TLS, or after two seconds. */
export function afterClose(stream: Duplex, task: () => void): void {
  const run = () => {
    clearTimeout(timer)
    stream.off('close', run)
    task()
  }
  const timer = setTimeout(run, TIMEOUT)
  stream.on('close', run)
}
