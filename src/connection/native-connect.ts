/** One connect of native code, with the streams that JavaScript opens for it. */

import type { Failure } from '../native/binding.js'
import { hasLoop, native } from '../native/dispatch.js'
import type { Settings } from '../options/settings.js'
import { NO_STREAM, preferred, type SocketSettings } from '../options/socket.js'
import { Opener } from '../socket/opener.js'
import { checkTls, isServedByNode } from '../socket/tls.js'
import type { Lookup } from './lookup.js'

/** Called once when a connect has ended, unless it is cancelled: with the arguments that native code passes. */
type Settle = (id: number, description: string, failure?: Failure) => void

/** Returns how streams are opened; `undefined` if native code opens sockets of its own. */
function toSocketSettings({ socket }: Settings): SocketSettings | undefined {
  return socket ?? (hasLoop && preferred.driver === 'auto' ? undefined : NO_STREAM)
}

/** A connect that does not block the JavaScript thread. */
export class NativeConnect {
  readonly #settings: Settings
  readonly #lookup: Lookup | undefined
  readonly #settle: Settle
  #opener: Opener | undefined
  #token = 0

  constructor(settings: Settings, lookup: Lookup | undefined, settle: Settle) {
    this.#settings = settings
    this.#lookup = lookup
    this.#settle = settle
    const socket = toSocketSettings(settings)
    if (socket !== undefined) this.#open(socket)
  }

  #open(socket: SocketSettings, isTlsOfNode = false): void {
    const { request, lookup } = this.#settings
    this.#opener = new Opener(request, socket, lookup, isTlsOfNode)
  }

  /** Starts it. Returns why it cannot start, if it cannot. */
  start(): Failure | undefined {
    const opener = this.#opener
    const lookup = this.#lookup
    const started = native.connect(
      opener?.request ?? this.#settings.request,
      (id, description, failure) => this.#finish(id, description, failure),
      lookup
        ? (host, family) =>
            lookup.start(host, family, (...found) => native.finishLookup(this.#token, ...found))
        : undefined,
      opener && ((...step) => opener.open(this.#token, ...step)),
      opener?.takesNames,
      opener === undefined ? this.#settings.requestNumber : 0,
    )
    if (typeof started !== 'number') return started
    this.#token = started
    return undefined
  }

  /** Ends it. `settle` is not called. */
  cancel(): void {
    native.cancel(this.#token)
    this.#opener?.end()
  }

  /** Sets what a function or a stream of the program has reported as the cause of the error of a failed connect. */
  explain(error: Error, failure: Failure): Error {
    this.#opener?.explain(error, failure.causeCode)
    return this.#lookup?.explain(error) ?? error
  }

  #finish(id: number, description: string, failure: Failure | undefined): void {
    this.#opener?.end()
    if (failure === undefined || !this.#canServe(failure)) {
      this.#settle(id, description, failure)
      return
    }
    // Nothing has been opened yet.
    this.#open(this.#settings.socket ?? NO_STREAM, true)
    const refused = this.start()
    if (refused !== undefined) this.#settle(id, description, refused)
  }

  /** Whether rustls has refused options of TLS that Node serves, such as old keys. */
  #canServe(failure: Failure): boolean {
    const { request } = this.#settings
    const isNative = this.#opener?.isTlsOfNode !== true
    return isNative && failure.code === 'ERR_WS_INVALID_OPTION' && isServedByNode(failure.message, request)
  }
}

/** Checks the options of TLS that only Node has. @throws TypeError `ERR_WS_INVALID_OPTION`. */
export function checkNodeOptions({ request, socket }: Settings): void {
  if (socket !== undefined) checkTls(request)
}
