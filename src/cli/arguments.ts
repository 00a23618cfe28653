/** Parses the arguments of the command line. */

import { parseArgs } from 'node:util'
import { COMMANDS, type CommandName, FLAGS, type Flag, type FlagName, flagList } from './flags.js'
import { misuse } from './mistakes.js'
import { suggest } from './suggest.js'

/** A command as it was given. */
export interface Command {
  name: CommandName
  /** What follows the name and is no flag. */
  operands: string[]
  /** Whether a flag without a value is there. */
  has(flag: FlagName): boolean
  /** Returns the last value of a flag. */
  value(flag: FlagName): string | undefined
  /** Returns the values of a flag that may be repeated. */
  values(flag: FlagName): string[]
}

type Token = ReturnType<typeof tokenize>[number]
type OptionToken = Extract<Token, { kind: 'option' }>

/** Names of flags in other tools, and what they are called here. */
const ELSEWHERE: Record<string, FlagName> = {
  user: 'auth',
  cacert: 'ca',
  'no-check': 'insecure',
  location: 'follow',
  'follow-redirects': 'follow',
  protocol: 'subprotocol',
  command: 'execute',
  text: 'execute',
  'no-verify': 'insecure',
  deflate: 'compress',
  clients: 'connections',
  concurrency: 'connections',
}

function tokenize(args: string[]) {
  const options = Object.fromEntries(
    flagList.map(([name, { short, value, repeats }]) => [
      name,
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        multiple: repeats === true,
        ...(short === undefined ? {} : { short }),
      },
    ]),
  )
  return parseArgs({ args, options, allowPositionals: true, strict: false, tokens: true }).tokens
}

/** Returns the name of the flag of a token. */
function toName({ name, rawName }: OptionToken): FlagName {
  if (Object.hasOwn(FLAGS, name)) return name as FlagName
  const known = flagList.map(([each]) => each)
  const meant = ELSEWHERE[name]
  const hint = meant === undefined ? suggest(name, known, '--') : `; did you mean --${meant}?`
  throw misuse(`there is no flag ${rawName}${hint}`)
}

function checkFlag(token: OptionToken, command: CommandName): FlagName {
  const name = toName(token)
  const flag: Flag = FLAGS[name]
  const { rawName, value } = token
  if (!flag.commands.includes(command)) {
    const owners = flag.commands.map((each) => (each === 'connect' ? 'websocket-rs URL' : each)).join(', ')
    throw misuse(`${rawName} is not a flag of ${command}, but of ${owners}`)
  }
  if (flag.value === undefined && value !== undefined) throw misuse(`${rawName} takes no value`)
  if (flag.value !== undefined && value === undefined) throw misuse(`${rawName} needs a value: ${flag.value}`)
  return name
}

function isCommand(text: string): text is CommandName {
  return text !== 'connect' && Object.hasOwn(COMMANDS, text)
}

/** How many operands each command has. */
const OPERANDS: Record<CommandName, [least: number, most: number]> = {
  connect: [1, 1],
  ping: [1, 1],
  bench: [1, 1],
  record: [2, 2],
  replay: [2, 2],
  completion: [1, 1],
  help: [0, 1],
}

function checkOperands(name: CommandName, operands: string[]): void {
  const [least, most] = OPERANDS[name]
  if (operands.length >= least && operands.length <= most) return
  const usage = `Usage: websocket-rs ${COMMANDS[name].usage}`
  const [first] = operands
  if (name === 'connect' && first !== undefined && !/[:./]/.test(first)) {
    const hint = suggest(first, Object.keys(COMMANDS))
    throw misuse(
      `there is no command ${JSON.stringify(first)}${hint}`,
      hint === '' ? `${usage} or websocket-rs help` : undefined,
    )
  }
  const problem =
    operands.length < least
      ? 'an argument is missing'
      : `${JSON.stringify(operands[most])} is one argument too many`
  throw misuse(problem, `${usage}, or websocket-rs help`)
}

/**
 * Parses arguments.
 *
 * @throws CommandError with exit code 2 for an unknown command or flag, and for a value that is missing.
 */
export function parse(args: string[]): Command {
  const tokens = tokenize(args)
  const positionals = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []))
  const [first = ''] = positionals
  const name: CommandName = isCommand(first) ? first : 'connect'
  const operands = isCommand(first) ? positionals.slice(1) : positionals
  const given = new Map<FlagName, string[]>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const flag = checkFlag(token, name)
    given.set(flag, [...(given.get(flag) ?? []), token.value ?? ''])
  }
  const command: Command = {
    name,
    operands,
    has: (flag) => given.has(flag),
    value: (flag) => given.get(flag)?.at(-1),
    values: (flag) => given.get(flag) ?? [],
  }
  if (!command.has('help') && !command.has('version')) checkOperands(name, operands)
  return command
}
