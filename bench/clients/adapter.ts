/** The interface of an adapter: one WebSocket library, used as its documentation shows, doing the workloads of job.ts. */

import type { Cell } from './job.js'

/** What is sent: bytes, or a string for text. */
export type Payload = Buffer | string

/** Called around each message, for workloads that need the time of single messages. */
export interface Observer {
  sent(): void
  received(data: unknown): void
}

/** A pass of echoes over all connections. */
export interface Echoes {
  /** The messages in the order in which they are sent, from the first one again after the last. */
  payloads: readonly Payload[]
  /** The number of messages that each connection has sent in earlier passes. */
  before: number
  /** Messages of the pass, divided evenly among the connections. */
  messages: number
  /** Messages in flight on each connection: each echo is replaced by a new message while any are left. */
  inFlight: number
  /** Set only if there is one message in flight on one connection. */
  observer: Observer | undefined
  /** Throws if an echo has the wrong length. Called for the first and the last echo of a connection. */
  check(data: unknown): void
}

/** Open connections of one library. A method that is missing means that the workload is not offered. */
export interface Client {
  echo(pass: Echoes): Promise<void> | void
  /** Receives at least this many messages from a server that floods, and returns how many. Checks the last one. */
  receive?(messages: number, check: (data: unknown) => void): Promise<number> | number
  /**
   * Receives at least this many messages, one at a time, from a server that floods, and returns how many. Calls a
   * function with each. If the library has a receive queue, waits until all of them are queued first.
   */
  consume?(messages: number, handle: (data: unknown) => void): Promise<number> | number
  /** Sends this many messages with the library's own back-pressure, about 1 MiB ahead of the kernel. */
  flood?(payload: Payload, messages: number): Promise<void> | void
  /** Sends one message and returns the reply. */
  ask?(text: string): Promise<string> | string
  /** Performs the closing handshake on every connection. */
  close(): Promise<void> | void
  /** Ends every connection without a closing handshake, if the library can. */
  terminate(): void
}

/** Settings of permessage-deflate that all libraries have: those of zlib by default, and messages of any size compressed. */
export const DEFLATE = { level: 6, memLevel: 8, threshold: 0 } as const

/** What to connect to. */
export interface Endpoint {
  url: string
  /** Whether permessage-deflate is on, with {@link DEFLATE} or with the defaults of the library. */
  compression: 'off' | 'equal' | 'defaults'
  /** The certificate to trust, in PEM. */
  ca: Buffer | undefined
  connections: number
}

/** A library that takes part. */
export interface Adapter {
  name: string
  version: string
  /** `false` if Node's event loop does not run during a cell, or if there is none. */
  hasNodeLoop?: false
  /** Whether the library cannot do this cell. By default it does every workload that its client has a method for. */
  declines?(cell: Cell): boolean
  open(endpoint: Endpoint): Promise<Client> | Client
  /** Returns nanoseconds of CLOCK_MONOTONIC. Needed if `process.hrtime.bigint()` reads another clock. */
  monotonic?(): bigint
}

/** Returns the next message of a pass. */
export function nextOf({ payloads, before }: Echoes, sent: number): Payload {
  return payloads[(before + sent) % payloads.length] as Payload
}

/** Throws if permessage-deflate was not negotiated, or was negotiated although it is off. */
export function checkExtensions({ compression }: Endpoint, extensions: string): void {
  if ((compression === 'off') === extensions.startsWith('permessage-deflate'))
    throw new Error(`compression is ${compression}, and the extensions are "${extensions}"`)
}

/** Returns the length of a delivered message: bytes, or characters of a text, which is ASCII here. */
export function lengthOf(data: unknown): number {
  if (typeof data === 'string') return data.length
  return (data as ArrayBufferView | ArrayBuffer).byteLength
}
