/** The global WebSocket, replaced by that of the web API. Its events stay instances of the global classes of events. */

import { type Web, web } from './apis.js'
import { type Class, joinPrototypes, replaceClass } from './prototypes.js'
import { log, warn } from './warnings.js'

const NAME = 'WebSocket'
/** Where undici, which Node contains, has the dispatcher that a program has set: since version 8, and before. */
const DISPATCHERS = [Symbol.for('undici.globalDispatcher.2'), Symbol.for('undici.globalDispatcher.1')]

/** Whether a class is a WebSocket of the standard, as opposed to one that a program has put there. */
function isStandard(value: unknown): boolean {
  return typeof value === 'function' && (value as Class).prototype instanceof EventTarget
}

/** Whether a property can be Node's own: one that is not read yet, or the class. None is Node 20. */
function isReplaceable(descriptor: PropertyDescriptor | undefined): boolean {
  if (descriptor === undefined) return true
  return descriptor.configurable === true && (descriptor.get !== undefined || isStandard(descriptor.value))
}

/** Whether a dispatcher is one that Node itself sets when `fetch` or the original is used first. */
function isDefault(dispatcher: object): boolean {
  if (dispatcher.constructor.name !== 'Agent') return false
  const key = Object.getOwnPropertySymbols(dispatcher).find(({ description }) => description === 'options')
  const options = key === undefined ? undefined : (dispatcher as Record<symbol, { connect?: unknown }>)[key]
  return options?.connect === undefined
}

/** Returns what of a constructor's second argument, or of the process, only the original serves. */
function unserved(init: unknown): string | undefined {
  if (
    typeof init === 'object' &&
    init !== null &&
    (init as { dispatcher?: unknown }).dispatcher !== undefined
  )
    return 'the option dispatcher needs undici'
  const key = DISPATCHERS.find((symbol) => symbol in globalThis)
  const dispatcher = key === undefined ? undefined : (globalThis as unknown as Record<symbol, object>)[key]
  if (dispatcher === undefined || isDefault(dispatcher)) return undefined
  return `the dispatcher of the program, ${dispatcher.constructor.name}, needs undici`
}

/** Has events of ours be instances of a global class: at once, or when a program reads it, since Node loads it then. */
function linkEvent(name: string, ours: Class): void {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, name)
  if (descriptor === undefined || !descriptor.configurable) return
  const link = (value: unknown) => {
    const prototype: unknown = (value as Class | undefined)?.prototype
    if (prototype instanceof Event) Object.setPrototypeOf(ours.prototype, prototype)
  }
  if (descriptor.get === undefined) {
    link(descriptor.value)
    return
  }
  const replace = (value: unknown) =>
    Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true })
  Object.defineProperty(globalThis, name, {
    get() {
      const value: unknown = descriptor.get?.call(globalThis)
      replace(value)
      link(value)
      return value
    },
    set: replace,
    enumerable: descriptor.enumerable ?? false,
    configurable: true,
  })
}

/** The property before it was replaced. */
let original: PropertyDescriptor | undefined
let isEnabled = false
/** The class in the place of the original, made when it is read first. */
let replaced: Class | undefined
/** Instances of the original that were made by our class. */
const theirs = new WeakSet<object>()
let isJoined = false

/** Returns the original class; `undefined` if this Node has none. */
function originalClass(): Class | undefined {
  return (original?.get === undefined ? original?.value : original.get.call(globalThis)) as Class | undefined
}

/** Makes an instance of the original that is an instance of ours too. */
function makeOriginal(api: typeof Web, theirClass: Class, values: unknown[], target: Class): object {
  const { prototype } = api.WebSocket as unknown as Class
  if (!isJoined) {
    isJoined = true
    const own = Object.create(null, Object.getOwnPropertyDescriptors(prototype)) as object
    const findOwn = (name: string | symbol) => Object.getOwnPropertyDescriptor(own, name)
    joinPrototypes(prototype, theirClass.prototype, findOwn, (value) => !theirs.has(value))
    Object.setPrototypeOf(prototype, theirClass.prototype)
  }
  const instance = Reflect.construct(theirClass, values, target) as object
  theirs.add(instance)
  return instance
}

function makeClass(api: typeof Web): Class {
  linkEvent('MessageEvent', api.MessageEvent as unknown as Class)
  linkEvent('CloseEvent', api.CloseEvent as unknown as Class)
  linkEvent('ErrorEvent', api.ErrorEvent as unknown as Class)
  const ours = api.WebSocket as unknown as Class
  const made = replaceClass(ours, (values, target) => {
    const reason = isEnabled ? unserved(values[1]) : undefined
    const theirClass = isEnabled && reason === undefined ? undefined : originalClass()
    if (theirClass === undefined) return Reflect.construct(ours, values, target) as object
    if (reason !== undefined) warn(`new WebSocket of Node is not replaced: ${reason}`)
    return makeOriginal(api, theirClass, values, target)
  })
  Object.defineProperty(ours.prototype, 'constructor', { value: made, writable: true, configurable: true })
  return made
}

function read(): unknown {
  if (replaced === undefined) {
    const api = web.load()
    if (api === undefined) {
      restoreGlobal()
      return originalClass()
    }
    replaced = makeClass(api)
    log('replaced globalThis.WebSocket')
  }
  define(replaced)
  return replaced
}

function define(value: unknown): void {
  Object.defineProperty(globalThis, NAME, { value, writable: true, enumerable: false, configurable: true })
}

/** Replaces the global WebSocket; it is loaded when it is read. */
export function replaceGlobal(): void {
  const current = Object.getOwnPropertyDescriptor(globalThis, NAME)
  if (isEnabled || !isReplaceable(current)) return
  original = current
  isEnabled = true
  Object.defineProperty(globalThis, NAME, { get: read, set: define, enumerable: false, configurable: true })
}

/** Restores the global WebSocket, unless the program has replaced it since. */
export function restoreGlobal(): void {
  if (!isEnabled) return
  isEnabled = false
  const current = Object.getOwnPropertyDescriptor(globalThis, NAME)
  if (current?.get !== read && (replaced === undefined || current?.value !== replaced)) return
  if (original === undefined) Reflect.deleteProperty(globalThis, NAME)
  else Object.defineProperty(globalThis, NAME, original)
}
