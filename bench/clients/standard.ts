/** Clients with the WHATWG interface: undici, the global of newer Nodes, Bun. */

import { CallbackClient, drained, HIGH_WATER_MARK, type Socket } from './callbacks.js'
import type { Adapter, Payload, Target } from './client.js'

/** As much of the interface as is used. Types of undici and of the DOM disagree on the rest. */
export interface StandardWebSocket {
  binaryType: string
  readonly bufferedAmount: number
  onopen: ((event: unknown) => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onerror: ((event: { message?: string }) => void) | null
  onclose: ((event: unknown) => void) | null
  send(payload: Payload): void
  close(): void
}

/** Makes one connection of such a client. */
export type Construct = (target: Target) => StandardWebSocket

function wrap(ws: StandardWebSocket): Socket {
  const socket: Socket = {
    send: (payload) => ws.send(payload),
    onMessage: () => {},
    push(payload) {
      ws.send(payload)
      return ws.bufferedAmount < HIGH_WATER_MARK ? undefined : drained(ws)
    },
    close: () =>
      new Promise((resolve) => {
        ws.onclose = () => resolve()
        ws.close()
      }),
    terminate: () => ws.close(),
  }
  ws.onmessage = ({ data }) => socket.onMessage(data)
  return socket
}

function connect(construct: Construct, target: Target): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const ws = construct(target)
    ws.onopen = () => resolve(wrap(ws))
    ws.onerror = ({ message }) => reject(new Error(`cannot connect: ${message ?? 'no reason given'}`))
  })
}

/** An adapter of such a client. */
export function standardAdapter(about: Omit<Adapter, 'open'>, construct: Construct): Adapter {
  return {
    ...about,
    async open(target) {
      const opening = Array.from({ length: target.connections }, () => connect(construct, target))
      return new CallbackClient(await Promise.all(opening))
    },
  }
}
