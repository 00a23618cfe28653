/** The promise face of websocket-rs, received in one of two ways. */

import type { Connection, ConnectOptions, connect, Message } from 'websocket-rs'
import type { Adapter, Client, Echoes, Payload, Target } from './client.js'
import { ours, TREE, versionOf } from './locate.js'

/**
 * Options of both faces. No keepalive, as the rivals have none. What is to be sent, and echoes that
 * nobody has asked for yet, wait without a limit, as the rivals' do; floods meet the default limits.
 */
export function optionsFor(target: Target): ConnectOptions {
  const floods = ['/source', '/sink'].includes(new URL(target.url).pathname)
  return {
    pingInterval: 0,
    ...(floods ? {} : { highWaterMark: 0, receiveQueue: { bytes: 0 } }),
    ...(target.ca === undefined ? {} : { tls: { ca: target.ca } }),
  }
}

/** How a lane of echoes is received. */
export type Receive = (ws: Connection, pass: Echoes, messages: number) => Promise<void>

/** One message for each promise, as a plain loop over `recv()` does it. */
export async function singly(ws: Connection, pass: Echoes, messages: number): Promise<void> {
  const { payload, inFlight, observer, check } = pass
  let sent = 0
  const send = () => {
    sent += 1
    observer?.sent()
    void ws.send(payload)
  }
  while (sent < Math.min(inFlight, messages)) send()
  for (let received = 1; received <= messages; received++) {
    const message = await ws.recv()
    observer?.received(message)
    if (received === 1 || received === messages) check(message)
    if (sent < messages) send()
  }
}

/** One promise for all that has arrived. */
export async function inBatches(ws: Connection, pass: Echoes, messages: number): Promise<void> {
  const { payload, inFlight, check } = pass
  // One at a time there is no batch, and `recv()` is the shorter way.
  if (inFlight === 1) return singly(ws, pass, messages)
  let sent = 0
  let received = 0
  let last: Message | undefined
  for (; sent < Math.min(inFlight, messages); sent++) void ws.send(payload)
  while (received < messages) {
    const batch = await ws.recvMany()
    if (received === 0) check(batch[0])
    received += batch.length
    last = batch.at(-1)
    for (const until = Math.min(sent + batch.length, messages); sent < until; sent++) void ws.send(payload)
  }
  check(last)
}

class PromiseClient implements Client {
  readonly #connections: Connection[]
  readonly #receive: Receive

  constructor(connections: Connection[], receive: Receive) {
    this.#connections = connections
    this.#receive = receive
  }

  async echo(pass: Echoes): Promise<void> {
    const share = pass.messages / this.#connections.length
    await Promise.all(this.#connections.map((ws) => this.#receive(ws, pass, share)))
  }

  async receive(messages: number, check: (data: unknown) => void): Promise<number> {
    const [ws] = this.#connections as [Connection]
    let received = 0
    if (this.#receive === singly) {
      for (; received < messages - 1; received++) await ws.recv()
      check(await ws.recv())
      return messages
    }
    while (received < messages) {
      const batch = await ws.recvMany()
      received += batch.length
      if (received >= messages) check(batch.at(-1))
    }
    return received
  }

  async flood(payload: Payload, messages: number): Promise<void> {
    const [ws] = this.#connections as [Connection]
    for (let sent = 0; sent < messages; sent++) await ws.send(payload)
  }

  async ask(text: string): Promise<string> {
    const [ws] = this.#connections as [Connection]
    await ws.send(text)
    return String(await ws.recv())
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map((ws) => ws.close()))
  }

  terminate(): void {
    for (const ws of this.#connections) ws.terminate()
  }
}

/** The adapter of the promise face with one way of receiving, and options of its own. */
export function promiseFace(name: string, receive: Receive, more: object = {}): Adapter {
  return {
    name,
    version: versionOf(TREE),
    async open(target) {
      const open = ours<{ connect: typeof connect }>('websocket-rs').connect
      const options = { ...optionsFor(target), ...more }
      const opening = Array.from({ length: target.connections }, () => open(target.url, options))
      return new PromiseClient(await Promise.all(opening), receive)
    },
  }
}
