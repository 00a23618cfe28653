/** Libraries with the WHATWG interface: undici, the global WebSocket of Node, Bun. */

import type { Adapter, Endpoint, Payload } from './adapter.js'
import { CallbackClient, drained, HIGH_WATER_MARK, type Socket } from './callback-api.js'

/** The part of the interface that is used. The types of undici and of the DOM disagree on the rest. */
export interface WhatwgWebSocket {
  binaryType: string
  readonly bufferedAmount: number
  onopen: ((event: unknown) => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onerror: ((event: { message?: string }) => void) | null
  onclose: ((event: unknown) => void) | null
  send(payload: Payload): void
  close(): void
}

/** Opens one connection. */
export type Construct = (endpoint: Endpoint) => WhatwgWebSocket

function wrap(ws: WhatwgWebSocket): Socket {
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

function connect(construct: Construct, endpoint: Endpoint): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const ws = construct(endpoint)
    ws.onopen = () => resolve(wrap(ws))
    ws.onerror = ({ message }) => reject(new Error(`cannot connect: ${message ?? 'no reason given'}`))
  })
}

/** Returns an adapter of such a library. */
export function whatwgAdapter(about: Omit<Adapter, 'open'>, construct: Construct): Adapter {
  return {
    ...about,
    async open(endpoint) {
      const opening = Array.from({ length: endpoint.connections }, () => connect(construct, endpoint))
      return new CallbackClient(await Promise.all(opening))
    },
  }
}
