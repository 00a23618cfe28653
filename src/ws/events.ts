/** Events in the style of EventTarget, delivered by the listeners of an EventEmitter, so that both styles share one order. */

import type { EventEmitter } from 'node:events'

/** Marks a listener that `addEventListener` or an `on…` attribute has made, and holds what the program gave. */
const GIVEN = Symbol('given')
/** Whether a listener was made by an `on…` attribute. */
const IS_ATTRIBUTE = Symbol('isAttribute')

type Given = ((event: never) => void) | { handleEvent(event: never): void }

/** A listener of the emitter. */
type Listener = ((...values: never[]) => void) & { [GIVEN]?: Given; [IS_ATTRIBUTE]?: boolean }

/** An event without data: `open`. */
export class Event<Target = unknown> {
  readonly #type: string
  readonly #target: Target

  constructor(type: string, target: Target) {
    this.#type = type
    this.#target = target
  }

  get type(): string {
    return this.#type
  }

  get target(): Target {
    return this.#target
  }
}

/** The event of a received message. */
export class MessageEvent<Target = unknown, Content = unknown> extends Event<Target> {
  readonly #data: Content

  constructor(target: Target, data: Content) {
    super('message', target)
    this.#data = data
  }

  /** A string for text, or binary data in the form of `binaryType`. */
  get data(): Content {
    return this.#data
  }
}

/** The event of the end of a connection. */
export class CloseEvent<Target = unknown> extends Event<Target> {
  readonly #code: number
  readonly #reason: string
  readonly #wasClean: boolean

  constructor(target: Target, code: number, reason: string, wasClean: boolean) {
    super('close', target)
    this.#code = code
    this.#reason = reason
    this.#wasClean = wasClean
  }

  get code(): number {
    return this.#code
  }

  get reason(): string {
    return this.#reason
  }

  /** Whether both sides have sent a close frame. */
  get wasClean(): boolean {
    return this.#wasClean
  }
}

/** The event of an error. */
export class ErrorEvent<Target = unknown> extends Event<Target> {
  readonly #error: unknown

  constructor(target: Target, error: unknown) {
    super('error', target)
    this.#error = error
  }

  get error(): unknown {
    return this.#error
  }

  get message(): string {
    return (this.#error as Error | undefined)?.message ?? ''
  }
}

const SHOWN: [{ prototype: object }, string[]][] = [
  [Event, ['type', 'target']],
  [MessageEvent, ['data']],
  [CloseEvent, ['code', 'reason', 'wasClean']],
  [ErrorEvent, ['error', 'message']],
]
for (const [{ prototype }, names] of SHOWN) {
  for (const name of names) Object.defineProperty(prototype, name, { enumerable: true })
}

/** What the events need of their target. */
interface Target extends EventEmitter {
  /** Whether both sides have sent a close frame. */
  readonly _wasClean?: boolean
}

/** Makes the event of what the emitter passes to its listeners, for each type that EventTarget has. */
const MAKERS: Record<string, (target: Target, ...values: never[]) => Event> = {
  open: (target) => new Event('open', target),
  message: (target, data: Buffer | string, isBinary: boolean) =>
    new MessageEvent(target, isBinary || typeof data === 'string' ? data : data.toString()),
  close: (target, code: number, reason: Buffer) =>
    new CloseEvent(target, code, reason.toString(), target._wasClean === true),
  error: (target, error: unknown) => new ErrorEvent(target, error),
}

function listenersOf(emitter: EventEmitter, type: string): Listener[] {
  return emitter.listeners(type) as Listener[]
}

function makeListener(target: Target, type: string, given: Given): Listener {
  const make = MAKERS[type] as (typeof MAKERS)[string]
  return (...values) => {
    const event = make(target, ...values) as never
    if (typeof given === 'object') given.handleEvent(event)
    else given.call(target, event)
  }
}

function add(target: Target, type: string, given: Given, isAttribute: boolean, once: boolean): void {
  const listener = makeListener(target, type, given)
  listener[GIVEN] = given
  listener[IS_ATTRIBUTE] = isAttribute
  if (once) target.once(type, listener as () => void)
  else target.on(type, listener as () => void)
}

/** Whether a listener was made here, and by `addEventListener`. */
function isAdded(listener: Listener, given: unknown): boolean {
  return listener[GIVEN] === given && listener[IS_ATTRIBUTE] === false
}

/** Adds a listener. Does nothing for other types than those of {@link MAKERS}, and for a listener that is there. */
export function addListener(target: Target, type: string, given: unknown, once: boolean): void {
  if (!Object.hasOwn(MAKERS, type)) return
  if (listenersOf(target, type).some((listener) => isAdded(listener, given))) return
  add(target, type, given as Given, false, once)
}

/** Removes a listener that `addListener` has added. */
export function removeListener(target: Target, type: string, given: unknown): void {
  const found = listenersOf(target, type).find((listener) => isAdded(listener, given))
  if (found !== undefined) target.removeListener(type, found as () => void)
}

function findAttribute(target: EventEmitter, type: string): Listener | undefined {
  return listenersOf(target, type).find((listener) => listener[IS_ATTRIBUTE])
}

/** Returns the value of an `on…` attribute. */
export function getAttribute(target: EventEmitter, type: string): Given | null {
  return findAttribute(target, type)?.[GIVEN] ?? null
}

/** Sets an `on…` attribute. Anything but a function removes it. */
export function setAttribute(target: Target, type: string, given: unknown): void {
  const found = findAttribute(target, type)
  if (found !== undefined) target.removeListener(type, found as () => void)
  if (typeof given === 'function') add(target, type, given as Given, true, false)
}

/** Whether a type has a listener that takes what the emitter passes, as opposed to an event. */
export function hasPlainListener(emitter: EventEmitter, type: string): boolean {
  return listenersOf(emitter, type).some((listener) => listener[GIVEN] === undefined)
}
