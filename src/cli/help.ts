/** The texts of `--help` and of `--version`. */

import { COMMANDS, type CommandName, type Flag, type FlagName, flagsOf } from './flags.js'
import type { Style } from './style.js'

const EXAMPLES: [command: string, meaning: string][] = [
  ['websocket-rs wss://echo.example', 'talk to a server'],
  ['echo \'{"op":"subscribe"}\' | websocket-rs wss://feed.example | head -5', 'in a pipe'],
  ['websocket-rs wss://rpc.example -x \'{"id":1}\' -n 1', 'one request, one reply'],
  ['websocket-rs ping wss://echo.example -n 5', 'measure round trips'],
]

/** Width of the first column. */
const COLUMN = 34

function row(left: string, right: string, style: Style): string {
  const gap = left.length < COLUMN ? ' '.repeat(COLUMN - left.length) : `\n${' '.repeat(COLUMN + 2)}`
  return `  ${style('prompt', left)}${gap}${right}`
}

/** Returns how a flag is written: `-H, --header NAME: VALUE`. */
export function spell(name: FlagName, { short, value }: Flag): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`
}

/** Returns the help of a command, or that of all if it is `connect`. */
export function helpText(command: CommandName, style: Style): string {
  const { usage, summary } = COMMANDS[command]
  const flags = flagsOf(command).map(([name, flag]) => row(spell(name, flag), flag.help, style))
  const parts = [`Usage: websocket-rs ${usage} [flags]`, summary]
  if (command === 'connect') {
    const commands = Object.values(COMMANDS).map((each) => row(each.usage, each.summary, style))
    parts.push(['Commands:', ...commands].join('\n'))
    parts.push(
      ['Examples:', ...EXAMPLES.map(([text, meaning]) => `  ${text}\n      ${style('hint', meaning)}`)].join(
        '\n',
      ),
    )
  }
  parts.push([command === 'connect' ? 'Flags of websocket-rs URL:' : 'Flags:', ...flags].join('\n'))
  parts.push('A duration is 500ms, 2s, 1m or forever; a number alone is in seconds. A size is 64, 16k or 1M.')
  return `${parts.join('\n\n')}\n`
}
