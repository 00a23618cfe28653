/** The workloads for libraries that call back with each message, which are all rivals in JavaScript. */

import { type Client, type Echoes, nextOf, type Payload } from './adapter.js'

/** A connection of such a library. */
export interface Socket {
  send(payload: Payload): void
  onMessage: (data: unknown) => void
  /** Sends with the library's own back-pressure. Returns a promise if the next send has to wait. */
  push(payload: Payload): Promise<void> | undefined
  close(): Promise<void>
  terminate(): void
}

/** Unsent bytes at which a flood waits: the default `highWaterMark` of websocket-rs. */
export const HIGH_WATER_MARK = 1024 * 1024

/** Checks once per turn of the event loop whether enough has been sent, for libraries without a 'drain' event. */
export async function drained(socket: { bufferedAmount: number }): Promise<void> {
  while (socket.bufferedAmount > HIGH_WATER_MARK / 2) await new Promise((resolve) => setImmediate(resolve))
}

/** Runs the workloads on open connections. */
export class CallbackClient implements Client {
  readonly #sockets: Socket[]
  /** Of a flood: messages received, and messages requested. */
  #received = 0
  #requested = 0

  constructor(sockets: Socket[]) {
    this.#sockets = sockets
  }

  async echo(pass: Echoes): Promise<void> {
    const share = pass.messages / this.#sockets.length
    await Promise.all(this.#sockets.map((socket) => echoOn(socket, pass, share)))
  }

  receive(messages: number, check: (data: unknown) => void): Promise<number> {
    return this.#listen(messages, (data) => {
      if (this.#received === this.#requested) check(data)
    })
  }

  consume(messages: number, handle: (data: unknown) => void): Promise<number> {
    return this.#listen(messages, handle)
  }

  /** Messages that arrive between two passes count for the second: a library may call back many times in a row. */
  async #listen(messages: number, note: (data: unknown) => void): Promise<number> {
    const [socket] = this.#sockets as [Socket]
    this.#requested += messages
    if (this.#received >= this.#requested) return messages
    await new Promise<void>((resolve) => {
      socket.onMessage = (data) => {
        this.#received += 1
        note(data)
        if (this.#received === this.#requested) resolve()
      }
    })
    return messages
  }

  async flood(payload: Payload, messages: number): Promise<void> {
    const [socket] = this.#sockets as [Socket]
    for (let sent = 0; sent < messages; sent++) {
      const full = socket.push(payload)
      if (full !== undefined) await full
    }
  }

  ask(text: string): Promise<string> {
    const [socket] = this.#sockets as [Socket]
    return new Promise((resolve) => {
      socket.onMessage = (data) => resolve(String(data))
      socket.send(text)
    })
  }

  async close(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.close()))
  }

  terminate(): void {
    for (const socket of this.#sockets) socket.terminate()
  }
}

function echoOn(socket: Socket, pass: Echoes, messages: number): Promise<void> {
  const { inFlight, observer, check } = pass
  return new Promise((resolve) => {
    let sent = 0
    let received = 0
    const send = () => {
      observer?.sent()
      const payload = nextOf(pass, sent)
      sent += 1
      socket.send(payload)
    }
    socket.onMessage = (data) => {
      observer?.received(data)
      received += 1
      if (received === 1) check(data)
      if (sent < messages) send()
      else if (received === messages) {
        check(data)
        resolve()
      }
    }
    while (sent < Math.min(inFlight, messages)) send()
  })
}
