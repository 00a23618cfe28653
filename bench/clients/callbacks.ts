/** The works for libraries that call back with each message: all of them but ours. */

import type { Client, Echoes, Payload } from './client.js'

/** One connection of such a library. */
export interface Socket {
  send(payload: Payload): void
  onMessage: (data: unknown) => void
  /** Sends with the library's own back-pressure: a promise where it is to wait before the next one. */
  push(payload: Payload): Promise<void> | undefined
  close(): Promise<void>
  terminate(): void
}

/** Unsent bytes at which a flood waits for the kernel: the high-water mark websocket-rs has too. */
export const HIGH_WATER_MARK = 1024 * 1024

/** Looks once a turn whether enough has left: all one can do where a library announces no drain. */
export async function drained(socket: { bufferedAmount: number }): Promise<void> {
  while (socket.bufferedAmount > HIGH_WATER_MARK / 2) await new Promise((resolve) => setImmediate(resolve))
}

/** The works, on some open connections. */
export class CallbackClient implements Client {
  readonly #sockets: Socket[]
  /** Of a flood: messages that have come, those that were asked for, and who is to hear of it. */
  #received = 0
  #wanted = 0
  #enough: () => void = () => {}

  constructor(sockets: Socket[]) {
    this.#sockets = sockets
  }

  async echo(pass: Echoes): Promise<void> {
    const share = pass.messages / this.#sockets.length
    await Promise.all(this.#sockets.map((socket) => echoOn(socket, pass, share)))
  }

  /** What comes between two passes counts for the second: a library may call back many times in a row. */
  async receive(messages: number, check: (data: unknown) => void): Promise<number> {
    const [socket] = this.#sockets as [Socket]
    this.#wanted += messages
    if (this.#received >= this.#wanted) return messages
    await new Promise<void>((resolve) => {
      this.#enough = resolve
      socket.onMessage = (data) => {
        this.#received += 1
        if (this.#received !== this.#wanted) return
        check(data)
        this.#enough()
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
  const { payload, inFlight, observer, check } = pass
  return new Promise((resolve) => {
    let sent = 0
    let received = 0
    const send = () => {
      sent += 1
      observer?.sent()
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
