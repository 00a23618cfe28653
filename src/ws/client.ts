/** The state of one WebSocket of the `ws` API, apart from its listeners. */

import type { EventEmitter } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { onAbort } from '../connection/abort.js'
import { CallbackConnection } from '../connection/callback.js'
import { ABNORMAL, NO_STATUS } from '../connection/close.js'
import type { Consumer } from '../connection/consumer.js'
import { run, type SentCallback, throwLater } from '../connection/program-calls.js'
import type { Attempt } from '../diagnostics/attempt.js'
import type { Failure } from '../native/binding.js'
import type { Opened } from '../native/opened.js'
import type { Message } from '../native/payload.js'
import { nextTick, setImmediate } from '../node/timers.js'
import type { Settings } from '../options/settings.js'
import { type BinaryType, toBinary } from './binary-type.js'
import { toCloseFrame } from './close-frame.js'
import { type Agreed, toAgreed, viewExtensions } from './deflate.js'
import { notOpen, toSendError, toViolation } from './errors.js'
import { hasPlainListener } from './events.js'
import { warnIgnored } from './ignored.js'
import { Opening, type OpeningOwner } from './opening.js'
import { type ClientOptions, withDefaults } from './options.js'
import { lengthOf, Outgoing, type OutgoingOwner, type SendOptions } from './outgoing.js'
import { ReceiverView, SenderView } from './receiver-view.js'
import { NO_TRUST, viewSocket } from './secure-socket-view.js'
import type { SocketView } from './socket-view.js'
import { afterClose } from './stream-close.js'

/** States of a connection. */
export const CONNECTING = 0
export const OPEN = 1
export const CLOSING = 2
export const CLOSED = 3

const EMPTY = Buffer.alloc(0)

/** The object of the program. */
interface Owner extends EventEmitter {
  close(code?: number, reason?: Buffer): void
}

/** A client: opens a connection and passes its events to the listeners of its WebSocket. */
export class Client implements Consumer, OpeningOwner, OutgoingOwner {
  readonly #ws: Owner
  readonly #emitter: EventEmitter['emit']
  readonly #options: ClientOptions
  readonly opening: Opening
  connection: CallbackConnection | undefined
  /** What was agreed of permessage-deflate, if it is in use. */
  agreed: Agreed | undefined
  #outgoing: Outgoing | undefined
  #stream: Duplex | undefined
  #socket: SocketView | undefined
  /** What the last handshake of TLS has trusted. */
  #trust = NO_TRUST
  #receiver: ReceiverView | undefined
  #sender: SenderView | undefined
  readyState = CONNECTING
  binaryType: BinaryType = 'nodebuffer'
  isPaused = false
  closeCode = ABNORMAL
  closeReason: Buffer = EMPTY
  isCloseReceived = false
  isCloseSent = false
  /** Whether this side has ended the connection. */
  #isDestroyed = false
  /** Bytes of messages that were sent too late. */
  #late = 0
  hasEmittedError = false
  #ignoreSignal: (() => void) | undefined
  #hasEmittedClose = false
  /** Whether the listeners for messages may have changed. */
  haveListenersChanged = true

  /** @param emit the method of EventEmitter, which the program may have replaced */
  constructor(ws: Owner, emit: EventEmitter['emit'], url: URL, protocols: string[], options: ClientOptions) {
    this.#ws = ws
    this.#emitter = emit
    this.#options = withDefaults(options)
    if (options.generateMask) warnIgnored('option generateMask', 'native code draws the masks')
    this.opening = new Opening(this, url, protocols, this.#options)
  }

  get websocket(): unknown {
    return this.#ws
  }

  get options(): ClientOptions {
    return this.#options
  }

  /** The socket, or the stream that carries the connection; `null` before that is open. */
  get socket(): SocketView | Duplex | null {
    const { connection } = this
    if (connection === undefined) return null
    if (this.#stream !== undefined) return this.#stream
    if (this.#socket === undefined) {
      this.#socket = viewSocket(connection, this.opening.url, this.#trust, () => this.#handleSocketEnd())
      this.#socket.destroyed = connection.readyState === CLOSED
    }
    return this.#socket
  }

  get bufferedAmount(): number {
    return this.#late + (this.#outgoing?.bytes ?? 0) + (this.connection?.bufferedAmount ?? 0)
  }

  /** What programs read of the extensions of `ws`: objects by their names. */
  get extensions(): Record<string, object> {
    return this.agreed === undefined ? {} : viewExtensions(this.agreed, this.#options)
  }

  /** What programs read of the receiver of `ws`. */
  get receiver(): ReceiverView | null {
    if (this.connection === undefined) return null
    this.#receiver ??= new ReceiverView(this)
    return this.#receiver
  }

  /** What programs read of the sender of `ws`. */
  get sender(): SenderView | null {
    if (this.#outgoing === undefined) return null
    this.#sender ??= new SenderView(this, this.#outgoing)
    return this.#sender
  }

  // Calls of the program.

  send(data: unknown, options: SendOptions | undefined, callback: SentCallback | undefined): void {
    if (!this.#isReady(data, callback)) return
    this.#outgoing?.send(data || typeof data === 'string' ? data : EMPTY, options, callback)
  }

  sendControl(kind: 'ping' | 'pong', data: unknown, callback: SentCallback | undefined): void {
    if (this.#isReady(data, callback)) this.#outgoing?.sendControl(kind, data || EMPTY, callback)
  }

  /** Whether messages can be sent. Otherwise counts the data, and passes an error to the callback. */
  #isReady(data: unknown, callback: SentCallback | undefined): boolean {
    const { readyState } = this
    if (readyState === OPEN) return true
    if (readyState === CONNECTING) throw notOpen(CONNECTING)
    if (data) this.#late += lengthOf(data)
    const error = notOpen(readyState)
    if (callback !== undefined) nextTick(() => callback(error))
    return false
  }

  close(code: unknown, reason: unknown): void {
    if (this.readyState === CONNECTING) {
      this.#abort()
      return
    }
    if (this.readyState !== OPEN) return
    const frame = toCloseFrame(code, reason)
    this.readyState = CLOSING
    // Native code has answered the peer's close frame.
    if (this.isCloseReceived) return
    this.#outgoing?.whenIdle(() => {
      this.isCloseSent = true
      this.connection?.close(...frame)
    })
  }

  terminate(): void {
    if (this.readyState === CONNECTING) this.#abort()
    else this.#destroy()
  }

  #destroy(): void {
    if (this.readyState === CLOSED) return
    this.readyState = CLOSING
    this.#endSocket()
  }

  /** The program has ended the socket and not the WebSocket, whose state follows. */
  #handleSocketEnd(): void {
    if (this.readyState === CLOSED) return
    this.#endSocket()
    setImmediate(() => {
      if (this.readyState === OPEN) this.readyState = CLOSING
    })
  }

  /** Ends the connection without a close frame. What was read is still delivered. */
  #endSocket(): void {
    this.#isDestroyed = true
    if (this.#socket !== undefined) this.#socket.destroyed = true
    this.connection?.terminate()
    this.#outgoing?.end(true)
    this.#stream?.destroy()
  }

  pause(): void {
    if (this.readyState === CONNECTING || this.readyState === CLOSED) return
    this.isPaused = true
    this.connection?.pause()
    this.#stream?.pause()
    this.#socket?.notePause(true)
  }

  resume(): void {
    if (this.readyState === CONNECTING || this.readyState === CLOSED) return
    this.isPaused = false
    this.connection?.resume()
    this.#stream?.resume()
    this.#socket?.notePause(false)
  }

  /** Ends a connection that is not open yet. */
  #abort(): void {
    this.opening.cancel()
    this.readyState = CLOSING
    this.connection?.terminate()
    const error = new Error('WebSocket was closed before the connection was established')
    nextTick(() => this.#emitErrorAndClose(error))
  }

  // Events of the opening.

  makeConnection(opened: Opened, settings: Settings, attempt: Attempt): CallbackConnection {
    const { autoPong, allowSynchronousEvents = true } = this.#options
    const { ca, rejectUnauthorized } = settings.request.tls
    this.#trust = settings.isSecure ? { ca, rejectUnauthorized } : NO_TRUST
    return new CallbackConnection(opened, settings, attempt, this, {
      pings: true,
      answersPings: Boolean(autoPong),
      oneByOne: !allowSynchronousEvents,
      startsAtOnce: true,
      passesReadEvents: true,
    })
  }

  handleUpgrade(makeMessage: () => IncomingMessage): void {
    if (this.#isHeard('upgrade')) this.#emit('upgrade', makeMessage())
  }

  /** Whether an event has listeners, or a program that has replaced `emit` may want it. */
  #isHeard(type: string): boolean {
    return this.#ws.listenerCount(type) > 0 || this.#ws.emit !== this.#emitter
  }

  handleOpen(connection: CallbackConnection, stream?: Duplex): void {
    // A listener of 'upgrade' may have closed it.
    if (this.readyState !== CONNECTING) {
      connection.terminate()
      return
    }
    this.connection = connection
    this.#stream = stream
    this.agreed = toAgreed(connection.extensions, this.#options)
    this.#outgoing = new Outgoing(connection, this.agreed, this)
    this.readyState = OPEN
    const { signal } = this.#options
    if (signal) this.#ignoreSignal = onAbort(signal, () => this.#destroy())
    this.#emit('open')
    this.updateDelivery()
  }

  get hasRedirectListener(): boolean {
    return this.#ws.listenerCount('redirect') > 0
  }

  handleRedirect(url: string, request: ClientRequest): void {
    this.#emit('redirect', url, request)
  }

  handleUnexpectedResponse(makeRequest: () => ClientRequest, makeMessage: () => IncomingMessage): boolean {
    if (!this.#isHeard('unexpected-response')) return false
    const response = makeMessage() as IncomingMessage & { req?: ClientRequest }
    const request = makeRequest() as ClientRequest & { res?: IncomingMessage }
    request.res = response
    response.req = request
    try {
      return this.#ws.emit('unexpected-response', request, response)
    } catch (error) {
      throwLater(error)
      return true
    }
  }

  handleFailure(error: Error, isLater: boolean): void {
    this.readyState = CLOSING
    const emit = () => this.#emitErrorAndClose(error)
    if (isLater) setImmediate(emit)
    else emit()
  }

  // Events of the connection. What a listener throws is reported by the connection.

  /** Has texts delivered as bytes if a listener takes them. */
  updateDelivery(): void {
    if (!this.haveListenersChanged || this.connection === undefined) return
    this.haveListenersChanged = false
    this.connection.takesBytes = this.#ws.emit !== this.#emitter || hasPlainListener(this.#ws, 'message')
  }

  handleMessage(message: Message, isBinary: boolean): void {
    if (isBinary) {
      const data = message as Buffer
      const { binaryType } = this
      this.#ws.emit('message', binaryType === 'nodebuffer' ? data : toBinary(data, binaryType), true)
      return
    }
    this.updateDelivery()
    const takesBytes = this.connection?.takesBytes && typeof message === 'string'
    this.#ws.emit('message', takesBytes ? Buffer.from(message as string) : message, false)
  }

  handlePing(payload: Buffer): void {
    this.#ws.emit('ping', payload)
  }

  handlePong(payload: Buffer): void {
    this.#ws.emit('pong', payload)
  }

  handleCloseFrame(code: number, reason: string): void {
    this.isCloseReceived = true
    this.closeCode = code
    this.closeReason = reason === '' ? EMPTY : Buffer.from(reason)
    // As `ws` does, which classes of programs that have a `close` of their own may expect.
    if (code === NO_STATUS) this.#ws.close()
    else this.#ws.close(code, this.closeReason)
    if (!this.#isDestroyed) this.isCloseSent = true
    if (this.readyState === OPEN) this.readyState = CLOSING
    // The end of the connection is read also if the program has paused it.
    this.connection?.resume()
    this.#stream?.resume()
    this.#receiver?.emit('conclude', code, this.closeReason)
  }

  toSendError(error: Error): Error {
    return toSendError(error)
  }

  handleCaughtUp(): void {
    this.#receiver?.emit('drain')
  }

  handleViolation(failure: Failure): void {
    this.readyState = CLOSING
    this.isCloseSent = true
    this.#outgoing?.end(false)
    if (this.#receiver !== undefined) this.#receiver.hasFailed = true
    if (this.hasEmittedError) return
    this.hasEmittedError = true
    this.#ws.emit('error', toViolation(failure))
  }

  handleClose(failure?: Failure): void {
    if (this.connection === undefined) return
    if (this.readyState === OPEN) this.readyState = CLOSING
    this.#outgoing?.end(false)
    this.#ignoreSignal?.()
    this.#socket?.finish(failure)
    // No close frame has come, and none is to be answered: nothing waits for what is unsent.
    const stream = this.#stream
    if (failure === undefined && !this.isCloseReceived) stream?.destroy()
    if (stream === undefined || stream.destroyed) this.emitClose()
    else afterClose(stream, () => run(() => this.emitClose()))
  }

  emitClose(): void {
    this.readyState = CLOSED
    if (this.#hasEmittedClose) return
    this.#hasEmittedClose = true
    this.#ws.emit('close', this.closeCode, this.closeReason)
  }

  handleSendError(error: unknown): void {
    this.#destroy()
    if (this.hasEmittedError) return
    this.hasEmittedError = true
    this.#emit('error', error)
  }

  #emitErrorAndClose(error: Error): void {
    this.hasEmittedError = true
    const close = () => {
      this.readyState = CLOSED
      if (this.#hasEmittedClose) return
      this.#hasEmittedClose = true
      this.#emit('close', this.closeCode, this.closeReason)
    }
    // A program that ends because of the error does not learn of the end before.
    if (this.#emit('error', error)) close()
    else setImmediate(close)
  }

  /** Emits an event outside of the connection's deliveries. Returns whether no listener has thrown. */
  #emit(type: string, ...values: unknown[]): boolean {
    return run(() => void this.#ws.emit(type, ...values))
  }
}
