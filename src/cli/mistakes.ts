/** Errors that the command line itself finds. */

import type { ExitCode } from './exit-codes.js'

/** An error that ends the command with a line and an exit code. */
export class CommandError extends Error {
  readonly exitCode: ExitCode
  /** What to do; missing if the message says it. */
  readonly hint: string | undefined

  constructor(message: string, exitCode: ExitCode = 1, hint?: string) {
    super(message)
    this.exitCode = exitCode
    this.hint = hint
  }
}

/** Makes the error of a wrong command. */
export function misuse(message: string, hint?: string): CommandError {
  return new CommandError(message, 2, hint)
}
