/** The blocking API of websocket-rs: `recv()` with one message in flight, `sendMany()` and `recvMany()` with several. */

import type { Message } from 'websocket-rs'
import type { connect, SyncConnection } from 'websocket-rs/sync'
import { type Adapter, type Client, checkExtensions, type Echoes, nextOf, type Payload } from './adapter.js'
import { ours, TREE, versionOf } from './locate.js'
import { optionsFor } from './promise-api.js'

/** Returns messages of a pass, from the given one on. */
function messagesFrom(pass: Echoes, first: number, count: number): Payload[] {
  const [only, ...others] = pass.payloads as [Payload, ...Payload[]]
  if (others.length === 0) return new Array<Payload>(count).fill(only)
  return Array.from({ length: count }, (_, index) => nextOf(pass, first + index))
}

/** Uses `sendMany` if it exists: an earlier version, measured by `make bench-compare`, may not have it. */
function sendAll(ws: SyncConnection, messages: readonly Payload[]): void {
  if (typeof ws.sendMany === 'function') ws.sendMany(messages)
  else for (const message of messages) (ws as SyncConnection).send(message)
}

/** The echoes of one connection; several connections are served in turn. */
class Lane {
  readonly #ws: SyncConnection
  readonly #pass: Echoes
  readonly #messages: number
  #sent = 0
  #received = 0

  constructor(ws: SyncConnection, pass: Echoes, messages: number) {
    this.#ws = ws
    this.#pass = pass
    this.#messages = messages
  }

  get isDone(): boolean {
    return this.#received === this.#messages
  }

  send(count: number): void {
    const most = Math.min(count, this.#messages - this.#sent)
    sendAll(this.#ws, messagesFrom(this.#pass, this.#sent, most))
    this.#sent += most
  }

  /** Receives what has arrived and sends as many new messages. */
  exchange(): void {
    const batch = this.#pass.inFlight === 1 ? [this.#ws.recv()] : this.#ws.recvMany()
    if (this.#received === 0) this.#pass.check(batch[0])
    this.#received += batch.length
    if (this.isDone) this.#pass.check(batch.at(-1))
    this.send(batch.length)
  }
}

function roundTrips(ws: SyncConnection, pass: Echoes): void {
  const { messages, observer, check } = pass
  let message: Message | undefined
  for (let received = 0; received < messages; received++) {
    observer?.sent()
    ws.send(nextOf(pass, received))
    message = ws.recv()
    observer?.received(message)
    if (received === 0) check(message)
  }
  check(message)
}

class BlockingClient implements Client {
  readonly #connections: SyncConnection[]

  constructor(connections: SyncConnection[]) {
    this.#connections = connections
  }

  echo(pass: Echoes): void {
    const [ws] = this.#connections as [SyncConnection]
    if (pass.inFlight === 1 && this.#connections.length === 1) roundTrips(ws, pass)
    else this.#alternate(pass)
  }

  #alternate(pass: Echoes): void {
    const share = pass.messages / this.#connections.length
    const lanes = this.#connections.map((each) => new Lane(each, pass, share))
    for (const lane of lanes) lane.send(pass.inFlight)
    // All lanes have the same number of messages, but they do not finish in the same round.
    for (let open = lanes; open.length > 0; open = open.filter((lane) => !lane.isDone))
      for (const lane of open) lane.exchange()
  }

  receive(messages: number, check: (data: unknown) => void): number {
    const [ws] = this.#connections as [SyncConnection]
    let received = 0
    while (received < messages) {
      const batch = ws.recvMany()
      received += batch.length
      if (received >= messages) check(batch.at(-1))
    }
    return received
  }

  flood(payload: Payload, messages: number): void {
    const [ws] = this.#connections as [SyncConnection]
    for (let sent = 0; sent < messages; sent++) ws.send(payload)
  }

  ask(text: string): string {
    const [ws] = this.#connections as [SyncConnection]
    ws.send(text)
    return String(ws.recv())
  }

  close(): void {
    for (const ws of this.#connections) ws.close()
  }

  terminate(): void {
    for (const ws of this.#connections) ws.terminate()
  }
}

/** Returns an adapter of the blocking API with further options. */
export function blockingApi(name: string, more: object = {}): Adapter {
  return {
    name,
    version: versionOf(TREE),
    hasNodeLoop: false,
    open(endpoint) {
      const open = ours<{ connect: typeof connect }>('websocket-rs/sync').connect
      const options = { ...optionsFor(endpoint), ...more }
      const connections = Array.from({ length: endpoint.connections }, () => open(endpoint.url, options))
      for (const { extensions } of connections) checkExtensions(endpoint, extensions ?? '')
      return new BlockingClient(connections)
    },
  }
}
