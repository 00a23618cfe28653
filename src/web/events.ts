/** The classes of the events, for the connection and for programs that construct them. */

import { defineInterface, requireArguments, toDictionary, toScalars, toShort } from './idl.js'
import type * as types from './types.js'

const NO_PORTS: readonly never[] = Object.freeze([])

/** The attributes of a MessageEvent. In the place of options they are taken as they are. */
export class MessageAttributes {
  readonly data: unknown
  readonly origin: string
  readonly lastEventId: string
  readonly source: unknown
  readonly ports: readonly unknown[]

  constructor(
    data: unknown,
    origin: string,
    lastEventId = '',
    source: unknown = null,
    ports: readonly unknown[] = NO_PORTS,
  ) {
    this.data = data
    this.origin = origin
    this.lastEventId = lastEventId
    this.source = source
    this.ports = ports
  }
}

function toPorts(value: unknown): readonly unknown[] {
  if (value === undefined) return NO_PORTS
  if (typeof value === 'object' && value !== null && Symbol.iterator in value)
    return Object.freeze([...(value as Iterable<unknown>)])
  throw new TypeError('ports has to be a list of MessagePort')
}

const INIT = 'eventInitDict'

function toAttributes(init: unknown): MessageAttributes {
  const { data = null, origin = '', lastEventId = '', source = null, ports } = toDictionary(init, INIT)
  return new MessageAttributes(data, toScalars(origin), `${lastEventId}`, source, toPorts(ports))
}

/** The event of a message. */
export class MessageEvent extends Event {
  #attributes: MessageAttributes

  constructor(type: string, init: types.MessageEventInit | MessageAttributes = {}) {
    requireArguments(arguments.length, 1, 'MessageEvent constructor')
    const isOwn = init instanceof MessageAttributes
    super(type, isOwn ? undefined : toDictionary(init, INIT))
    this.#attributes = isOwn ? init : toAttributes(init)
  }

  get data(): unknown {
    return this.#attributes.data
  }

  get origin(): string {
    return this.#attributes.origin
  }

  get lastEventId(): string {
    return this.#attributes.lastEventId
  }

  get source(): unknown {
    return this.#attributes.source
  }

  get ports(): readonly unknown[] {
    return this.#attributes.ports
  }

  initMessageEvent(
    type: string,
    bubbles = false,
    cancelable = false,
    data: unknown = null,
    origin = '',
    lastEventId = '',
    source: unknown = null,
    ports: unknown = [],
  ): void {
    requireArguments(arguments.length, 1, 'MessageEvent.initMessageEvent')
    this.#attributes = toAttributes({ data, origin, lastEventId, source, ports })
    this.initEvent(type, bubbles, cancelable)
  }
}

/** The event of the end of a connection. */
export class CloseEvent extends Event {
  readonly #wasClean: boolean
  readonly #code: number
  readonly #reason: string

  constructor(type: string, init: types.CloseEventInit = {}) {
    requireArguments(arguments.length, 1, 'CloseEvent constructor')
    const given = toDictionary(init, INIT)
    super(type, given)
    const { wasClean = false, code = 0, reason = '' } = given
    this.#wasClean = Boolean(wasClean)
    this.#code = toShort(code)
    this.#reason = toScalars(reason)
  }

  get wasClean(): boolean {
    return this.#wasClean
  }

  get code(): number {
    return this.#code
  }

  get reason(): string {
    return this.#reason
  }
}

/** The event of a failed connection. */
export class ErrorEvent extends Event {
  readonly #message: string
  readonly #filename: string
  readonly #lineno: number
  readonly #colno: number
  readonly #error: unknown

  constructor(type: string, init: types.ErrorEventInit = {}) {
    requireArguments(arguments.length, 1, 'ErrorEvent constructor')
    const given = toDictionary(init, INIT)
    super(type, given)
    const { message = '', filename = '', lineno = 0, colno = 0, error } = given
    this.#message = `${message}`
    this.#filename = toScalars(filename)
    this.#lineno = Number(lineno) >>> 0
    this.#colno = Number(colno) >>> 0
    this.#error = error
  }

  get message(): string {
    return this.#message
  }

  get filename(): string {
    return this.#filename
  }

  get lineno(): number {
    return this.#lineno
  }

  get colno(): number {
    return this.#colno
  }

  get error(): unknown {
    return this.#error
  }
}

defineInterface(MessageEvent, 'MessageEvent', [
  'data',
  'origin',
  'lastEventId',
  'source',
  'ports',
  'initMessageEvent',
])
defineInterface(CloseEvent, 'CloseEvent', ['wasClean', 'code', 'reason'])
defineInterface(ErrorEvent, 'ErrorEvent', ['message', 'filename', 'lineno', 'colno', 'error'])
