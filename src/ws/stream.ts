/** A Duplex stream over a WebSocket of the `ws` API, which uses nothing but its public methods and events. */

import type { Duplex, DuplexOptions } from 'node:stream'
import { stream } from '../node/builtin.js'
import { CLOSED, CONNECTING, OPEN } from './client.js'
import type { WebSocket } from './websocket.js'

/** The stream of a WebSocket: received messages are its chunks, and each chunk that is written is sent as a message. */
class Bridge {
  readonly #ws: WebSocket
  readonly #duplex: Duplex
  /** Whether the stream is destroyed because its WebSocket has ended. */
  #hasEnded = false
  #isEndPending = false

  constructor(ws: WebSocket, duplex: Duplex) {
    this.#ws = ws
    this.#duplex = duplex
    ws.on('message', (data, isBinary) => this.#receive(data, isBinary))
    ws.once('error', (error) => this.#handleError(error))
    ws.once('close', () => this.#handleClose())
  }

  #receive(data: unknown, isBinary: boolean): void {
    const { readableObjectMode } = this.#duplex
    const chunk = !isBinary && readableObjectMode ? String(data) : data
    if (!this.#duplex.push(chunk)) this.#ws.pause()
  }

  #handleError(error: Error): void {
    if (this.#duplex.destroyed) return
    this.#hasEnded = true
    this.#duplex.destroy(error)
  }

  #handleClose(): void {
    if (this.#duplex.destroyed) return
    this.#duplex.push(null)
  }

  read(): void {
    if (this.#ws.isPaused) this.#ws.resume()
  }

  write(chunk: unknown, done: (error?: Error | null) => void): void {
    if (this.#ws.readyState === CONNECTING) {
      this.#ws.once('open', () => this.write(chunk, done))
      return
    }
    this.#ws.send(chunk as Buffer, (error) => {
      if (error) this.#duplex.destroy(error)
      done(error)
    })
  }

  /** Closes the WebSocket when the writable side ends. */
  final(done: (error?: Error | null) => void): void {
    if (this.#ws.readyState === CONNECTING) {
      this.#ws.once('open', () => this.final(done))
      return
    }
    if (this.#ws.readyState === CLOSED) {
      done()
      return
    }
    this.#isEndPending = true
    this.#ws.once('close', () => {
      if (!this.#duplex.destroyed) done()
    })
    this.#ws.close()
  }

  destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.#ws.readyState === CLOSED) {
      done(error)
      return
    }
    let isReported = false
    this.#ws.once('error', (reason) => {
      isReported = true
      done(reason)
    })
    this.#ws.once('close', () => {
      if (!isReported) done(error)
    })
    if (!this.#hasEnded || this.#ws.readyState === OPEN || this.#isEndPending) this.#ws.terminate()
  }
}

/**
 * Makes a Duplex stream of a WebSocket. Ending it closes the WebSocket, destroying it terminates the WebSocket, and
 * reading too slowly pauses it.
 *
 * @param options of the stream; `readableObjectMode` keeps the borders of messages and makes texts strings
 */
export function createWebSocketStream(ws: WebSocket, options: DuplexOptions = {}): Duplex {
  const { Duplex: Base } = stream()
  const duplex: Duplex = new Base({
    ...options,
    autoDestroy: false,
    objectMode: false,
    writableObjectMode: false,
    read: () => bridge.read(),
    write: (chunk, _encoding, done) => bridge.write(chunk, done),
    final: (done) => bridge.final(done),
    destroy: (error, done) => bridge.destroy(error, (reason) => done(reason ?? null)),
  })
  const bridge = new Bridge(ws, duplex)
  const destroyWhenDone = () => {
    if (duplex.readableEnded && duplex.writableFinished) duplex.destroy()
  }
  duplex.on('end', destroyWhenDone)
  duplex.on('finish', destroyWhenDone)
  return duplex
}
