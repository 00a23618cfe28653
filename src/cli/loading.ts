/** Loads the command line, and with it the native library. */

import type * as CommandLine from '../command-line.js'

/** Returns the command line. Prints one line and sets the exit code if the native library does not load here. */
export function loadCommandLine(): typeof CommandLine | undefined {
  try {
    return require('../command-line.js') as typeof CommandLine
  } catch (error) {
    const { code, message } = error as Error & { code?: string }
    process.stderr.write(`websocket-rs: ${code ?? 'error'}: ${message}\n`)
    process.exitCode = 1
    return undefined
  }
}
