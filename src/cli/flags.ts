/** The commands and their flags: one table, of which parsing, help, completion and the tables of `docs/cli.md` are made. */

/** The commands. `connect` is the one without a name. */
export const COMMANDS = {
  connect: {
    usage: 'URL',
    summary: 'Talks to a server: from a terminal interactively, from a pipe line by line.',
  },
  ping: { usage: 'ping URL', summary: 'Measures round trips with pings, as ping does.' },
  bench: { usage: 'bench URL', summary: 'Loads a server that echoes, and measures rates and latencies.' },
  record: {
    usage: 'record URL FILE',
    summary: 'Writes all that is sent and received to a file, with times.',
  },
  replay: {
    usage: 'replay FILE URL',
    summary: 'Sends the messages of a recording again, with their original timing.',
  },
  completion: {
    usage: 'completion bash|zsh|fish',
    summary: 'Prints a script that completes commands and flags.',
  },
  help: { usage: 'help [COMMAND]', summary: 'Shows this text, or the flags of a command.' },
} as const

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS

/** A flag of the command line. */
export interface Flag {
  /** The letter of the short form. */
  short?: string
  /** What the value is, in capitals; left out for a flag without a value. */
  value?: string
  /** Whether it may be given several times. */
  repeats?: true
  help: string
  commands: readonly CommandName[]
}

const CLIENTS = ['connect', 'ping', 'bench', 'record', 'replay'] as const
const TALKING = ['connect', 'record', 'replay'] as const
const SENDING = ['connect', 'record'] as const

/** All flags. Durations are `500ms`, `2s`, `1m` or `forever`; a number alone is in seconds. */
export const FLAGS = {
  header: {
    short: 'H',
    value: 'NAME: VALUE',
    repeats: true,
    help: 'A header of the request; @FILE reads lines of headers.',
    commands: CLIENTS,
  },
  subprotocol: {
    short: 's',
    value: 'NAME',
    repeats: true,
    help: 'A subprotocol to offer, the preferred one first.',
    commands: CLIENTS,
  },
  origin: { short: 'o', value: 'ORIGIN', help: 'The Origin header.', commands: CLIENTS },
  auth: {
    short: 'a',
    value: 'USER:PASSWORD',
    help: 'Basic authentication; @FILE reads it.',
    commands: CLIENTS,
  },
  ca: {
    value: 'FILE',
    repeats: true,
    help: 'Trusted roots in PEM, instead of those of Node.',
    commands: CLIENTS,
  },
  cert: { value: 'FILE', help: "The client's certificate in PEM.", commands: CLIENTS },
  key: { value: 'FILE', help: 'The private key of --cert in PEM.', commands: CLIENTS },
  passphrase: { value: 'TEXT', help: 'The passphrase of --key; @FILE reads it.', commands: CLIENTS },
  servername: {
    value: 'NAME',
    help: 'The name to ask for in TLS and to find in the certificate.',
    commands: CLIENTS,
  },
  insecure: { short: 'k', help: 'Accepts any certificate.', commands: CLIENTS },
  proxy: {
    short: 'p',
    value: 'URL',
    help: 'An http:, https: or socks5: proxy; default: the environment.',
    commands: CLIENTS,
  },
  'no-proxy': { help: 'Uses no proxy.', commands: CLIENTS },
  compress: { short: 'z', help: 'Offers permessage-deflate.', commands: CLIENTS },
  follow: { short: 'L', help: 'Follows redirects.', commands: CLIENTS },
  timeout: {
    short: 't',
    value: 'DURATION',
    help: 'Longest time to connect, and to wait for each pong; default 30s, pongs 5s.',
    commands: CLIENTS,
  },
  'max-size': { value: 'SIZE', help: 'Largest message to receive; default 64M.', commands: CLIENTS },
  reconnect: {
    short: 'r',
    help: 'Connects again when the connection is lost.',
    commands: ['connect', 'record'],
  },
  execute: {
    short: 'x',
    value: 'TEXT',
    repeats: true,
    help: 'Sends a message instead of reading input.',
    commands: SENDING,
  },
  wait: {
    short: 'w',
    value: 'DURATION',
    help: 'Silence after the last message sent that ends the command; default 1s (record: forever).',
    commands: TALKING,
  },
  count: {
    short: 'n',
    value: 'N',
    help: 'Ends after N received messages, or N pings; bench: messages in all.',
    commands: CLIENTS,
  },
  json: { short: 'j', help: 'Prints JSON, a line for each event or result.', commands: CLIENTS },
  binary: {
    short: 'b',
    help: 'Sends binary messages; prints received bytes as they are.',
    commands: ['connect', 'bench', 'record'],
  },
  raw: { help: 'Sends all input as one message; prints messages without line feeds.', commands: ['connect'] },
  'no-history': { help: 'Keeps no history of typed lines.', commands: ['connect'] },
  interval: { short: 'i', value: 'DURATION', help: 'Time between pings; default 1s.', commands: ['ping'] },
  connections: { short: 'c', value: 'N', help: 'Connections; default 1.', commands: ['bench'] },
  window: { value: 'N', help: 'Messages in flight on each connection; default 1.', commands: ['bench'] },
  size: {
    value: 'SIZE',
    help: 'Bytes of a message or of a ping; default 64, pings 8.',
    commands: ['bench', 'ping'],
  },
  rate: {
    value: 'N',
    help: 'Messages per second in all; default: as fast as replies come.',
    commands: ['bench'],
  },
  duration: {
    short: 'd',
    value: 'DURATION',
    help: 'Time to measure or to record; default 10s (record: forever).',
    commands: ['bench', 'record'],
  },
  speed: {
    value: 'FACTOR',
    help: 'Replays faster or slower; max sends without waiting. Default 1.',
    commands: ['replay'],
  },
  direction: {
    value: 'sent|received|both',
    help: 'Which messages to replay; default sent, or received if none was sent.',
    commands: ['replay'],
  },
  help: { short: 'h', help: 'Shows help.', commands: [...CLIENTS, 'completion', 'help'] },
  version: { short: 'V', help: 'Shows the version.', commands: ['connect'] },
} as const satisfies Record<string, Flag>

/** The name of a flag. */
export type FlagName = keyof typeof FLAGS

/** All flags with their names. */
export const flagList: readonly (readonly [FlagName, Flag])[] = Object.entries(FLAGS) as [FlagName, Flag][]

/** Returns the flags of a command. */
export function flagsOf(command: CommandName): (readonly [FlagName, Flag])[] {
  return flagList.filter(([, { commands }]) => commands.includes(command))
}
