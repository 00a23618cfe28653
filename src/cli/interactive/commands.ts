/** What a typed line asks for: a message, or a command that begins with a slash. */

import { parseHex } from '../hex.js'
import { suggest } from '../suggest.js'

/** The commands of the interactive client, and what `/help` says of them. */
export const SLASH_COMMANDS = {
  '/ping': ['[TEXT]', 'pings the server and shows the round trip'],
  '/binary': ['HEX', 'sends bytes, written as hexadecimal digits'],
  '/file': ['PATH', 'sends a file as a binary message'],
  '/save': ['PATH', 'writes the last received message to a file, all of it'],
  '/info': ['', 'shows the connection and its counters'],
  '/close': ['[CODE [REASON]]', 'closes the connection and quits'],
  '/quit': ['', 'the same as /close'],
  '/help': ['', 'shows this list'],
} as const

/** A command of the interactive client. */
export type SlashCommand = keyof typeof SLASH_COMMANDS

/** What a line asks for. */
export type Request =
  | { kind: 'nothing' }
  | { kind: 'text'; data: string }
  | { kind: 'bytes'; data: Buffer }
  | { kind: 'command'; name: Exclude<SlashCommand, '/binary'>; argument: string }
  | { kind: 'mistake'; message: string }

/** The text of `/help`. */
export function slashHelp(): string[] {
  const rows = Object.entries(SLASH_COMMANDS).map(
    ([name, [usage, help]]) => `${`${name} ${usage}`.trim().padEnd(24)} ${help}`,
  )
  return [
    ...rows,
    '//TEXT                   sends a text that begins with a slash',
    'Alt-Enter adds a line, shown as ␤; so does a paste. A line that begins with a space is not kept in the history.',
  ]
}

/** Returns the commands that a line may become. */
export function completeLine(line: string): string[] {
  if (!line.startsWith('/') || line.includes(' ')) return []
  return Object.keys(SLASH_COMMANDS).filter((name) => name.startsWith(line))
}

/** Parses a typed line. */
export function parseLine(line: string): Request {
  if (line === '') return { kind: 'nothing' }
  if (line.startsWith('//')) return { kind: 'text', data: line.slice(1) }
  const [, name, argument = ''] = /^(\/[^\s/]*)(?:\s+([\s\S]*))?$/.exec(line) ?? []
  if (name === undefined) return { kind: 'text', data: line }
  if (name === '/binary') {
    const data = parseHex(argument)
    return data === undefined
      ? { kind: 'mistake', message: '/binary takes hexadecimal digits, two for each byte: /binary 00 ff' }
      : { kind: 'bytes', data }
  }
  if (Object.hasOwn(SLASH_COMMANDS, name)) {
    return { kind: 'command', name: name as Exclude<SlashCommand, '/binary'>, argument: argument.trim() }
  }
  const known = Object.keys(SLASH_COMMANDS)
  const hint = suggest(name, known) || '; /help lists them.'
  return {
    kind: 'mistake',
    message: `there is no command ${name}${hint} //TEXT sends a text that begins with a slash.`,
  }
}
