/** What an adapter offers: the works of job.ts with one library, done as its documentation shows. */

import type { Cell } from './job.js'

/** What is sent: bytes, or for text a string. */
export type Payload = Buffer | string

/** Notes the times of each message, where a work wants more than the sum. */
export interface Observer {
  sent(): void
  received(data: unknown): void
}

/** A pass of echoes over all connections. */
export interface Echoes {
  payload: Payload
  /** Messages of the pass, shared evenly by the connections. */
  messages: number
  /** Messages under way on each connection: an echo is answered with a new message while any are left. */
  inFlight: number
  /** Only where one message is under way on one connection. */
  observer: Observer | undefined
  /** Throws if an echo has the wrong length; called for the first and the last of a connection. */
  check(data: unknown): void
}

/** Some open connections of one library. A method that is missing stands for a work not offered. */
export interface Client {
  echo(pass: Echoes): Promise<void> | void
  /** Takes at least so many messages of a server that floods; returns how many. Checks the last. */
  receive?(messages: number, check: (data: unknown) => void): Promise<number> | number
  /** Sends so many messages with the library's own back-pressure, about 1 MiB ahead of the kernel. */
  flood?(payload: Payload, messages: number): Promise<void> | void
  /** Sends one message and waits for the answer. */
  ask?(text: string): Promise<string> | string
  /** The closing handshake on every connection. */
  close(): Promise<void> | void
  terminate(): void
}

/** How a connection is to be opened. permessage-deflate is off everywhere. */
export interface Target {
  url: string
  /** The certificate to trust, in PEM. */
  ca: Buffer | undefined
  connections: number
}

/** An adapter. */
export interface Adapter {
  name: string
  version: string
  /** False where Node's event loop does not run meanwhile, or there is none. */
  hasNodeLoop?: false
  /** Whether it cannot do this cell; by default it does all its clients have methods for. */
  declines?(cell: Cell): boolean
  open(target: Target): Promise<Client> | Client
  /** Nanoseconds of CLOCK_MONOTONIC, where `process.hrtime.bigint()` is not that clock. */
  monotonic?(): bigint
}

/** Bytes (of text, characters: it is ASCII here) of what a library delivered. */
export function lengthOf(data: unknown): number {
  if (typeof data === 'string') return data.length
  return (data as ArrayBufferView | ArrayBuffer).byteLength
}
