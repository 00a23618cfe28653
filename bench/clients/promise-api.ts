/** The promise API of websocket-rs, receiving by `recv()` or by `recvMany()`. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, ConnectOptions, connect, Message } from 'websocket-rs'
import {
  type Adapter,
  type Client,
  checkExtensions,
  DEFLATE,
  type Echoes,
  type Endpoint,
  nextOf,
  type Payload,
} from './adapter.js'
import { ours, TREE, versionOf } from './locate.js'
import { RECEIVE_QUEUE } from './passes.js'

/**
 * Returns the options of both APIs: no keepalive, as the rivals have none. For echoes, the send queue and the receive
 * queue have no limit, as those of the rivals; for floods, they have the default limits, except that the receive queue
 * of `loopWork` holds a whole pass.
 */
export function optionsFor(endpoint: Endpoint): ConnectOptions {
  const { pathname, searchParams } = new URL(endpoint.url)
  const floods = ['/source', '/sink'].includes(pathname)
  const works = searchParams.get('kind') === 'json'
  return {
    pingInterval: 0,
    ...(floods ? {} : { highWaterMark: 0, receiveQueue: { bytes: 0 } }),
    ...compressionFor(endpoint),
    ...(works ? { receiveQueue: { bytes: RECEIVE_QUEUE } } : {}),
    ...(endpoint.ca === undefined ? {} : { tls: { ca: endpoint.ca } }),
  }
}

/** Left out if it is off: an earlier version, measured by `make bench-compare`, may not have the option. */
function compressionFor({ compression }: Endpoint): ConnectOptions {
  if (compression === 'off') return {}
  return { compression: compression === 'equal' ? DEFLATE : true }
}

/** Sends and receives the echoes of one connection. */
export type Receive = (ws: Connection, pass: Echoes, messages: number) => Promise<void>

/** Receives one message per promise, in a loop over `recv()`. */
export async function oneByOne(ws: Connection, pass: Echoes, messages: number): Promise<void> {
  const { inFlight, observer, check } = pass
  let sent = 0
  const send = () => {
    observer?.sent()
    void ws.send(nextOf(pass, sent))
    sent += 1
  }
  const handle = (message: Message, isChecked: boolean) => {
    observer?.received(message)
    if (isChecked) check(message)
  }
  while (sent < Math.min(inFlight, messages)) send()
  for (let received = 1; received <= messages; received++) {
    const isChecked = received === 1 || received === messages
    // A variable would keep each message until the next one, and the listeners of the rivals keep none.
    if (isChecked || observer !== undefined) handle(await ws.recv(), isChecked)
    else await ws.recv()
    if (sent < messages) send()
  }
}

/** Receives everything that has arrived with one promise, by `recvMany()`. */
export async function inBatches(ws: Connection, pass: Echoes, messages: number): Promise<void> {
  const { inFlight, check } = pass
  // With one message in flight there is nothing to batch, and `recv()` does less.
  if (inFlight === 1) return oneByOne(ws, pass, messages)
  let sent = 0
  let received = 0
  let last: Message | undefined
  for (; sent < Math.min(inFlight, messages); sent++) void ws.send(nextOf(pass, sent))
  while (received < messages) {
    const batch = await ws.recvMany()
    if (received === 0) check(batch[0])
    received += batch.length
    last = batch.at(-1)
    for (const until = Math.min(sent + batch.length, messages); sent < until; sent++)
      void ws.send(nextOf(pass, sent))
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
    if (this.#receive === oneByOne) {
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

  async consume(messages: number, handle: (data: unknown) => void): Promise<number> {
    const [ws] = this.#connections as [Connection]
    while (ws.stats().queuedMessages < messages) await sleep(1)
    let left = messages
    if (this.#receive === oneByOne) {
      for (; left > 0; left--) handle(await ws.recv())
      return messages
    }
    for await (const message of ws) {
      handle(message)
      left -= 1
      if (left === 0) break
    }
    return messages
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

/** Returns an adapter of the promise API with a way of receiving and further options. */
export function promiseApi(name: string, receive: Receive, more: object = {}): Adapter {
  return {
    name,
    version: versionOf(TREE),
    async open(endpoint) {
      const open = ours<{ connect: typeof connect }>('websocket-rs').connect
      const options = { ...optionsFor(endpoint), ...more }
      const opening = Array.from({ length: endpoint.connections }, () => open(endpoint.url, options))
      const connections = await Promise.all(opening)
      for (const { extensions } of connections) checkExtensions(endpoint, extensions ?? '')
      return new PromiseClient(connections, receive)
    },
  }
}
