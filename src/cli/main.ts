/** Runs the command line: parses, calls the command, reports its error, and exits with its code. */

import { type Command, parse } from './arguments.js'
import { runBench } from './bench.js'
import { completionScript } from './completion.js'
import { type ExitCode, exitCodeOfSignal } from './exit-codes.js'
import { COMMANDS, type CommandName } from './flags.js'
import { helpText } from './help.js'
import { runInteractive } from './interactive.js'
import { misuse } from './mistakes.js'
import { Output, type Outputs } from './output.js'
import { runPing } from './ping.js'
import { runPipe } from './pipe.js'
import { runRecord } from './record.js'
import { runReplay } from './replay.js'
import { errorLine, exitCodeOfError } from './report.js'
import { styleOf } from './style.js'
import { toTarget } from './target.js'
import { packageVersion } from './version.js'
import { writerFor } from './writers.js'

function isInteractive(command: Command): boolean {
  const asksForOutput = (['execute', 'json', 'raw', 'binary', 'count'] as const).some((flag) =>
    command.has(flag),
  )
  return process.stdin.isTTY === true && process.stdout.isTTY === true && !asksForOutput
}

function runConnect(command: Command, { output, log }: Outputs): Promise<ExitCode> {
  const target = toTarget(command, command.operands[0] as string)
  if (isInteractive(command)) return runInteractive(command, target)
  return runPipe({
    command,
    target,
    output,
    writer: writerFor(command, output),
    log,
    style: styleOf(process.stderr),
  })
}

function runHelp({ name, operands: [topic = 'connect'] }: Command, { output }: Outputs): ExitCode {
  const command = name === 'help' ? topic : name
  if (!Object.hasOwn(COMMANDS, command)) throw misuse(`there is no command ${JSON.stringify(command)}`)
  output.write(helpText(command as CommandName, styleOf(output.stream)))
  return 0
}

function runCompletion({ operands: [shell = ''] }: Command, { output }: Outputs): ExitCode {
  output.write(completionScript(shell))
  return 0
}

const RUN: Record<CommandName, (command: Command, outputs: Outputs) => ExitCode | Promise<ExitCode>> = {
  connect: runConnect,
  ping: runPing,
  bench: runBench,
  record: runRecord,
  replay: runReplay,
  completion: runCompletion,
  help: runHelp,
}

async function run(args: string[], outputs: Outputs): Promise<ExitCode> {
  const command = parse(args.length === 0 ? ['help'] : args)
  if (command.has('version')) {
    outputs.output.write(`${packageVersion()}\n`)
    return 0
  }
  const exitCode = await (command.has('help') ? runHelp : RUN[command.name])(command, outputs)
  return args.length === 0 ? 2 : exitCode
}

/** Ends the process by SIGHUP: its exit would fail, because Node restores the mode of a terminal, which has gone. */
function hangUp(): void {
  process.removeAllListeners('SIGHUP')
  process.kill(process.pid, 'SIGHUP')
}

/** Runs the command line and ends the process. @param args what follows the name of the program */
export async function main(args: string[]): Promise<void> {
  const output = new Output(process.stdout)
  const style = styleOf(process.stderr)
  const log = (line: string) => void process.stderr.write(`${line}\n`)
  process.stderr.on('error', () => {})
  let exitCode: ExitCode
  try {
    exitCode = await run(args, { output, log })
  } catch (error) {
    log(errorLine(error, style))
    exitCode = exitCodeOfError(error)
  }
  if (exitCode === exitCodeOfSignal('SIGHUP') && output.isTerminal) hangUp()
  await output.flush()
  // Standard input may still be open.
  process.exit(exitCode)
}
