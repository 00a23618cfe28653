// A program that is typed against @types/ws, compiled against both. Not run.

import type { ClientRequest, IncomingMessage } from 'node:http'
import Ours, { WebSocket as Named, WebSocketServer as NamedServer } from 'websocket-rs/ws'
import type Theirs from 'ws'

/** Calls, as programs write them for the types of `ws`. */
function use(ws: Ours): void {
  ws.send('text')
  ws.send(
    Buffer.from('x'),
    { binary: false, compress: true, fin: true, mask: true },
    (error?: Error) => error,
  )
  ws.send(new Uint8Array(1), (error) => error?.message)
  ws.ping('x', true, (error: Error) => error)
  ws.close(1000, 'reason')
  ws.terminate()
  ws.pause()
  ws.resume()
  ws.binaryType = 'arraybuffer'
  const numbers: number[] = [ws.bufferedAmount, ws.readyState, ws.OPEN]
  const texts: string[] = [ws.url, ws.protocol, ws.extensions]
  numbers.push(texts.length)
}

/** Listeners, with the types of their parameters found by the compiler. */
function listen(ws: Ours): void {
  ws.on('open', () => {})
  ws.on('message', (data: Ours.RawData, isBinary: boolean) => [data, isBinary])
  ws.on('close', (code, reason) => code + reason.length)
  ws.on('error', (error) => error.message)
  ws.once('ping', (data) => data.length)
  ws.on('upgrade', (response: IncomingMessage) => response.headers)
  ws.on('redirect', (url, request) => request.path + url)
  ws.on('unexpected-response', (request: ClientRequest, response: IncomingMessage) => [request, response])
  ws.off('message', () => {})
  ws.on('custom', (...values) => values)
  ws.onmessage = (event) => event.data.toString()
  ws.onclose = ({ code, reason, wasClean }: Ours.CloseEvent) => [code, reason, wasClean]
  ws.addEventListener('message', (event: Ours.MessageEvent) => event.target.url, { once: true })
  ws.addEventListener('error', { handleEvent: (event) => event.message })
  // @ts-expect-error: the code of a close is a number.
  ws.close('1000')
}

class Sub extends Ours {
  isAlive = true
}

const options: Ours.ClientOptions = {
  headers: { a: 'b' },
  perMessageDeflate: false,
  rejectUnauthorized: false,
}
const theirs: Omit<Theirs.ClientOptions, 'finishRequest'> = {
  handshakeTimeout: 1,
  maxPayload: 1,
  followRedirects: true,
  origin: 'x',
}
const server: Ours.Server = new Ours.WebSocketServer({ port: 0 })
server.on('connection', (ws, request) => ws.send(request.url ?? ''))

for (const ws of [new Ours('ws://x'), new Ours(new URL('ws://x'), 'p', options), new Ours('ws://x', ['p'])])
  listen(ws)
for (const ws of [new Ours('ws://x', theirs), new Sub('ws://x', options), new Named('ws://x')]) use(ws)
const asTheirs: Pick<Theirs, 'close' | 'terminate' | 'pause' | 'resume' | 'url' | 'protocol' | 'readyState'> =
  new Ours('x')
asTheirs.close()
Ours.createWebSocketStream(new Ours('ws://x'), { encoding: 'utf8' }).pipe(process.stdout)
export const states: number[] = [Ours.CONNECTING, Ours.OPEN, Ours.CLOSING, Ours.CLOSED, NamedServer.length]
