/**
 * Recordings: JSON Lines (UTF-8), the first line a header, then a line for each event. `docs/cli.md` describes the format;
 * `--json` of the client prints the same events.
 */

import type { Data, Message } from '../native/payload.js'

/** The version of the format. */
const VERSION = 1

/** The first line: what was recorded. */
export interface Header {
  version: number
  /** The URL, without user name and password. */
  url: string
  /** When the recording began, in ISO 8601. */
  started: string
}

/** Which side has sent a frame. */
export type Direction = 'sent' | 'received'

/** A message, a ping or a pong. */
export interface PayloadEvent {
  /** Time since the recording began, in ms. */
  time: number
  direction: Direction
  kind: 'text' | 'binary' | 'ping' | 'pong'
  /** The text, or the bytes in base64. */
  data: string
}

/** The opening of a connection. */
interface OpenEvent {
  time: number
  kind: 'open'
  protocol: string
  extensions: string
}

/** The end of a connection. */
interface CloseEvent {
  time: number
  kind: 'close'
  /** The server's close code; 1005 if it gave none, 1006 without a close frame. */
  code: number
  reason: string
}

/** An event of a recording. */
export type RecordedEvent = PayloadEvent | OpenEvent | CloseEvent

/** Returns a time in ms with microseconds. */
const toMicroseconds = (time: number) => Math.round(Math.max(time, 0) * 1000) / 1000

/** Returns the event of a message. @param time in ms */
export function messageEvent(time: number, direction: Direction, data: Message): RecordedEvent {
  const isText = typeof data === 'string'
  return {
    time: toMicroseconds(time),
    direction,
    kind: isText ? 'text' : 'binary',
    data: isText ? data : data.toString('base64'),
  }
}

/** Returns the event of a received ping or pong. @param time in ms */
export function controlEvent(time: number, kind: 'ping' | 'pong', payload: Buffer): RecordedEvent {
  return { time: toMicroseconds(time), direction: 'received', kind, data: payload.toString('base64') }
}

/** Returns the event of an opening. @param time in ms */
export function openEvent(time: number, protocol: string, extensions: string): RecordedEvent {
  return { time: toMicroseconds(time), kind: 'open', protocol, extensions }
}

/** Returns the event of an end. @param time in ms */
export function closeEvent(time: number, code: number, reason: string): RecordedEvent {
  return { time: toMicroseconds(time), kind: 'close', code, reason }
}

/** Returns the header line of a recording that begins now. */
export function headerLine(url: string): string {
  return `${JSON.stringify({ version: VERSION, url, started: new Date().toISOString() } satisfies Header)}\n`
}

/** Returns the line of an event. */
export function eventLine(event: RecordedEvent): string {
  return `${JSON.stringify(event)}\n`
}

function parseObject(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('not a JSON object')
  return value as Record<string, unknown>
}

function demand(condition: boolean, problem: string): void {
  if (!condition) throw new Error(problem)
}

/**
 * Parses the first line of a recording.
 *
 * @throws Error that says what is wrong.
 */
export function parseHeader(line: string): Header {
  const { version, url, started } = parseObject(line)
  demand(version === VERSION, `"version" is not ${VERSION}`)
  demand(typeof url === 'string' && typeof started === 'string', '"url" or "started" is missing')
  return { version, url, started } as Header
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const KINDS = ['text', 'binary', 'ping', 'pong']

/**
 * Parses an event of a recording. Fields that are not known are dropped.
 *
 * @throws Error that says what is wrong.
 */
export function parseEvent(line: string): RecordedEvent {
  const { time, direction, kind, data, protocol, extensions, code, reason } = parseObject(line)
  demand(typeof time === 'number' && time >= 0, '"time" is not a number of ms')
  if (kind === 'open') {
    demand(
      typeof protocol === 'string' && typeof extensions === 'string',
      '"protocol" or "extensions" is no string',
    )
    return { time, kind, protocol, extensions } as OpenEvent
  }
  if (kind === 'close') {
    demand(Number.isInteger(code) && typeof reason === 'string', '"code" or "reason" is missing')
    return { time, kind, code, reason } as CloseEvent
  }
  demand(KINDS.includes(kind as string), '"kind" is not text, binary, ping, pong, open or close')
  demand(direction === 'sent' || direction === 'received', '"direction" is not sent or received')
  demand(
    typeof data === 'string' && (kind === 'text' || BASE64.test(data)),
    '"data" is not a string, or not base64',
  )
  return { time, direction, kind, data } as PayloadEvent
}

/** Returns the message of an event, and `undefined` for another event. */
export function messageOf(event: RecordedEvent): Data | undefined {
  if (event.kind === 'text') return event.data
  return event.kind === 'binary' ? Buffer.from(event.data, 'base64') : undefined
}
