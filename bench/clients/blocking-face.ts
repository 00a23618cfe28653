/** The blocking face of websocket-rs: `recv()` one at a time, `sendMany()` and `recvMany()` where more are under way. */

import type { Message } from 'websocket-rs'
import type { connect, SyncConnection } from 'websocket-rs/sync'
import type { Adapter, Client, Echoes, Payload } from './client.js'
import { ours, TREE, versionOf } from './locate.js'
import { optionsFor } from './promise-face.js'

/** An earlier version, which `make bench-compare` puts beside this one, may have no `sendMany`. */
function sendAll(ws: SyncConnection, payload: Payload, count: number): void {
  if (typeof ws.sendMany === 'function') ws.sendMany(new Array<Payload>(count).fill(payload))
  else for (let sent = 0; sent < count; sent++) (ws as SyncConnection).send(payload)
}

/** Echoes of one connection; with several, each takes a turn. */
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
    sendAll(this.#ws, this.#pass.payload, most)
    this.#sent += most
  }

  /** Takes what has come and answers it. */
  turn(): void {
    const batch = this.#pass.inFlight === 1 ? [this.#ws.recv()] : this.#ws.recvMany()
    if (this.#received === 0) this.#pass.check(batch[0])
    this.#received += batch.length
    if (this.isDone) this.#pass.check(batch.at(-1))
    this.send(batch.length)
  }
}

function roundTrips(ws: SyncConnection, { payload, messages, observer, check }: Echoes): void {
  let message: Message | undefined
  for (let received = 0; received < messages; received++) {
    observer?.sent()
    ws.send(payload)
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
    else this.#inTurns(pass)
  }

  #inTurns(pass: Echoes): void {
    const share = pass.messages / this.#connections.length
    const lanes = this.#connections.map((each) => new Lane(each, pass, share))
    for (const lane of lanes) lane.send(pass.inFlight)
    // All have as many messages, but not all are done in the same round.
    for (let open = lanes; open.length > 0; open = open.filter((lane) => !lane.isDone))
      for (const lane of open) lane.turn()
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

/** The adapter of the blocking face, with options of its own. */
export function blockingFace(name: string, more: object = {}): Adapter {
  return {
    name,
    version: versionOf(TREE),
    hasNodeLoop: false,
    open(target) {
      const open = ours<{ connect: typeof connect }>('websocket-rs/sync').connect
      const options = { ...optionsFor(target), ...more }
      return new BlockingClient(Array.from({ length: target.connections }, () => open(target.url, options)))
    },
  }
}
