/** Event handlers, the attributes `on…`, as the HTML standard has them. */

import type { WebSocketEventMap } from './types.js'

type Type = keyof WebSocketEventMap

/** The value of an attribute. An object that is no function is kept, and not called. */
export type Handler = object | null

const { addEventListener, removeEventListener } = EventTarget.prototype

/** One handler that is set. */
interface Active {
  handler: object
  /** The listener, which stays in its place among the others when the handler is replaced. */
  readonly listener: (event: Event) => void
}

/** The event handlers of a target. */
export class EventHandlers {
  readonly #target: EventTarget
  readonly #active: Record<Type, Active | undefined> = {
    open: undefined,
    message: undefined,
    error: undefined,
    close: undefined,
  }

  constructor(target: EventTarget) {
    this.#target = target
  }

  get(type: Type): Handler {
    return this.#active[type]?.handler ?? null
  }

  /** @param value anything but an object removes the handler */
  set(type: Type, value: unknown): void {
    const active = this.#active[type]
    const isObject = typeof value === 'function' || (typeof value === 'object' && value !== null)
    if (!isObject) this.#remove(type, active)
    else if (active !== undefined) active.handler = value
    else this.#add(type, value)
  }

  #add(type: Type, handler: object): void {
    const target = this.#target
    const active: Active = {
      handler,
      listener(event) {
        const called: unknown = active.handler
        if (typeof called !== 'function') return
        // A handler that returns false cancels the event.
        if (Reflect.apply(called, target, [event]) === false) event.preventDefault()
      },
    }
    this.#active[type] = active
    addEventListener.call(target, type, active.listener)
  }

  #remove(type: Type, active: Active | undefined): void {
    if (active === undefined) return
    this.#active[type] = undefined
    removeEventListener.call(this.#target, type, active.listener)
  }
}
