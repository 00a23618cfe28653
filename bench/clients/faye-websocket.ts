/** faye-websocket, by its 'message' events, and as the stream it is for back-pressure. */

import { once } from 'node:events'
import { CallbackClient, type Socket } from './callbacks.js'
import type { Adapter, Payload, Target } from './client.js'
import type { Cell } from './job.js'
import { rival, rivalVersion } from './locate.js'
import { inFlightOf } from './passes.js'

/** It comes without types; this is what is used. */
interface FayeWebSocket extends NodeJS.EventEmitter {
  write(payload: Payload): boolean
  send(payload: Payload): boolean
  close(): void
  onmessage: (event: { data: unknown }) => void
}

interface Faye {
  Client: new (url: string, protocols: string[], options: object) => FayeWebSocket
}

/** Nothing of ours comes near it. */
const MAX_LENGTH = 512 * 1024 * 1024

/**
 * It stops reading while the kernel takes no more of its writes. A server that echoes then stops too,
 * and neither goes on: what is under way has to fit into the kernel's buffers, which hold this much anywhere.
 */
const UNDER_WAY = 2 * 1024 * 1024

function stalls(cell: Cell): boolean {
  const echoes = cell.work === 'window' || cell.work === 'burst'
  return echoes && inFlightOf(cell) * cell.size > UNDER_WAY
}

async function connect({ url, ca }: Target): Promise<Socket> {
  const faye = rival<Faye>('faye-websocket')
  const ws = new faye.Client(url, [], { maxLength: MAX_LENGTH, ...(ca === undefined ? {} : { tls: { ca } }) })
  await once(ws, 'open')
  const socket: Socket = {
    send: (payload) => void ws.send(payload),
    onMessage: () => {},
    push(payload) {
      if (ws.write(payload)) return undefined
      return once(ws, 'drain').then(() => {})
    },
    async close() {
      const closed = once(ws, 'close')
      ws.close()
      await closed
    },
    terminate: () => ws.close(),
  }
  ws.onmessage = ({ data }) => socket.onMessage(data)
  return socket
}

export const adapter: Adapter = {
  name: 'faye-websocket',
  version: rivalVersion('faye-websocket'),
  declines: stalls,
  async open(target) {
    const opening = Array.from({ length: target.connections }, () => connect(target))
    return new CallbackClient(await Promise.all(opening))
  },
}
