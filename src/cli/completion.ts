/** Scripts that complete commands and flags in shells, made of the table of flags. */

import { COMMANDS, type CommandName, type Flag, type FlagName, flagsOf } from './flags.js'
import { misuse } from './mistakes.js'

const SHELLS = ['bash', 'zsh', 'fish'] as const

/** The commands that have a name. */
const names = (Object.keys(COMMANDS) as CommandName[]).filter((name) => name !== 'connect')

const OPERANDS: Partial<Record<CommandName, string>> = { completion: SHELLS.join(' '), help: names.join(' ') }

/** Values of a flag: those that its placeholder lists. */
function choicesOf({ value }: Flag): string[] {
  return value?.includes('|') === true ? value.split('|') : []
}

const takesFile = ({ value }: Flag) => value === 'FILE'

/** Returns both forms of a flag. */
function formsOf(name: FlagName, { short }: Flag): string[] {
  return short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`]
}

function bashValues(): string {
  const all = (Object.keys(COMMANDS) as CommandName[]).flatMap(flagsOf)
  const unique = [...new Map(all)]
  const forms = (each: (flag: Flag) => boolean) =>
    unique.filter(([, flag]) => each(flag)).flatMap(([name, flag]) => formsOf(name, flag))
  const choices = unique.filter(([, flag]) => choicesOf(flag).length > 0)
  const others = forms((flag) => flag.value !== undefined && !takesFile(flag) && choicesOf(flag).length === 0)
  return [
    `    ${forms(takesFile).join('|')}) COMPREPLY=($(compgen -f -- "$word")); return ;;`,
    ...choices.map(
      ([name, flag]) =>
        `    ${formsOf(name, flag).join('|')}) COMPREPLY=($(compgen -W '${choicesOf(flag).join(' ')}' -- "$word")); return ;;`,
    ),
    `    ${others.join('|')}) return ;;`,
  ].join('\n')
}

function bash(): string {
  const cases = names.map((name) => {
    const flags = flagsOf(name).flatMap(([each, flag]) => formsOf(each, flag))
    return `    ${name}) words='${[...flags, OPERANDS[name] ?? ''].join(' ').trim()}' ;;`
  })
  const connect = flagsOf('connect').flatMap(([each, flag]) => formsOf(each, flag))
  return `# Completion of websocket-rs for bash: source <(websocket-rs completion bash)
_websocket_rs() {
  local word=\${COMP_WORDS[COMP_CWORD]} last=\${COMP_WORDS[COMP_CWORD-1]} words
  case $last in
${bashValues()}
  esac
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
    *) words='${connect.join(' ')}'; [ "$COMP_CWORD" -gt 1 ] || words="${names.join(' ')} $words" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  case \${COMP_WORDS[1]} in
    record|replay) [[ $word == -* ]] || COMPREPLY+=($(compgen -f -- "$word")) ;;
  esac
}
complete -F _websocket_rs websocket-rs
`
}

/** Quotes a text for zsh and fish. */
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
const quoteFish = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

function zshFlag(name: FlagName, flag: Flag): string[] {
  const help = flag.help.replaceAll('[', '(').replaceAll(']', ')').replaceAll(':', '\\:')
  const choices = choicesOf(flag)
  const action = takesFile(flag) ? '_files' : choices.length > 0 ? `(${choices.join(' ')})` : ' '
  const value = flag.value === undefined ? '' : `:value:${action}`
  const star = flag.repeats === true ? '*' : ''
  return formsOf(name, flag).map((form) => quote(`${star}${form}[${help}]${value}`))
}

function zsh(): string {
  const described = names.map((name) => quote(`${name}:${COMMANDS[name].summary}`))
  const flags = (name: CommandName) =>
    flagsOf(name)
      .flatMap(([each, flag]) => zshFlag(each, flag))
      .join(' ')
  const operand = (name: CommandName) => {
    const words = OPERANDS[name]
    return words === undefined ? `'*: :_files'` : quote(`*: :(${words})`)
  }
  const cases = names.map((name) => `    ${name}) _arguments ${flags(name)} ${operand(name)} ;;`)
  return `#compdef websocket-rs
# Completion of websocket-rs for zsh: source <(websocket-rs completion zsh)
_websocket_rs() {
  local -a commands=(${described.join(' ')})
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe command commands
    return
  fi
  case $words[2] in
${cases.join('\n')}
    *) _arguments ${flags('connect')} ;;
  esac
}
compdef _websocket_rs websocket-rs
`
}

function fish(): string {
  const flagLine = (condition: string, [name, flag]: readonly [FlagName, Flag]) => {
    const short = flag.short === undefined ? '' : ` -s ${flag.short}`
    const choices = choicesOf(flag)
    const files = takesFile(flag) ? ' -F' : ' -f'
    const value = flag.value === undefined ? '' : ` -r${files}`
    const values = choices.length > 0 ? ` -a ${quoteFish(choices.join(' '))}` : ''
    return `complete -c websocket-rs -n ${quoteFish(condition)}${short} -l ${name}${value}${values} -d ${quoteFish(flag.help)}`
  }
  const isFirst = `not __fish_seen_subcommand_from ${names.join(' ')}`
  const withFiles = ['record', 'replay']
  const lines = names.flatMap((name) => {
    const condition = `__fish_seen_subcommand_from ${name}`
    const operands = OPERANDS[name]
    return [
      `complete -c websocket-rs -n ${quoteFish(isFirst)} -a ${name} -d ${quoteFish(COMMANDS[name].summary)}`,
      ...(operands === undefined
        ? []
        : [`complete -c websocket-rs -n ${quoteFish(condition)} -a ${quoteFish(operands)}`]),
      ...(withFiles.includes(name) ? [`complete -c websocket-rs -n ${quoteFish(condition)} -F`] : []),
      ...flagsOf(name).map((each) => flagLine(condition, each)),
    ]
  })
  const connect = flagsOf('connect').map((each) => flagLine(isFirst, each))
  return `# Completion of websocket-rs for fish: websocket-rs completion fish | source
complete -c websocket-rs -f
${[...lines, ...connect].join('\n')}
`
}

/** Returns the script of a shell. @throws CommandError for one that is not known. */
export function completionScript(shell: string): string {
  if (shell === 'bash') return bash()
  if (shell === 'zsh') return zsh()
  if (shell === 'fish') return fish()
  throw misuse(`there is no completion for ${JSON.stringify(shell)}`, `Write ${SHELLS.join(', ')}.`)
}
