/**
 * One copy of the package `ws`. The class that replaces its WebSocket has the prototype of the original: sockets of a server,
 * which are always originals, are instances of it, and so are ours. The methods of that prototype tell them apart.
 */

import { type OfWs, ofWs } from './apis.js'
import { type Class, type IsOurs, joinPrototypes, replaceClass } from './prototypes.js'

/**
 * Returns the properties that a prototype of `ws` lacks: those that programs read beyond the documentation, as those of
 * instances of ours, and what older versions do not have.
 */
function missing(prototype: object, ours: object): PropertyDescriptorMap {
  const all = Object.entries(Object.getOwnPropertyDescriptors(ours) as Record<string, PropertyDescriptor>)
  const found = all.filter(([name]) => !(name in prototype))
  return Object.fromEntries(
    found.map(([name, descriptor]) => [
      name,
      name.startsWith('_') ? overwritable(name, descriptor) : descriptor,
    ]),
  )
}

/** Returns a property that becomes one of the instance when the program sets it. */
function overwritable(name: string, descriptor: PropertyDescriptor): PropertyDescriptor {
  const set = function (this: object, value: unknown) {
    Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true })
  }
  return { ...descriptor, set }
}

type Make = (values: unknown[], target: Class) => object

/** Returns what makes instances of ours with the prototype of a program's class. */
function makerOf(api: typeof OfWs): Make {
  const targets = new WeakMap<object, Class>()
  return (values, { prototype }) => {
    let target = targets.get(prototype)
    if (target === undefined) {
      target = function WebSocket() {} as unknown as Class
      target.prototype = Object.create(prototype, missing(prototype, api.WebSocket.prototype)) as object
      targets.set(prototype, target)
    }
    return Reflect.construct(api.WebSocket, values, target) as object
  }
}

/** Whether an object is an instance of ours, of which there are none before the API is loaded. */
const isOurs: IsOurs = (value) =>
  ofWs.loaded !== undefined && (value as Record<symbol, unknown>)[ofWs.loaded.CLIENT] !== undefined

function findOurs(name: string | symbol): PropertyDescriptor | undefined {
  return ofWs.loaded && Object.getOwnPropertyDescriptor(ofWs.loaded.WebSocket.prototype, name)
}

/** The methods of `EventEmitter` that tell an instance of ours that its listeners change. */
const LISTENING = [
  ...['on', 'once', 'off', 'addListener', 'removeListener', 'prependListener', 'prependOnceListener'],
  'removeAllListeners',
]

type Listen = (this: object, ...values: unknown[]) => unknown

/** Defines the methods of `EventEmitter` which the prototype has inherited. */
function addListening(prototype: object): void {
  const parent = Object.getPrototypeOf(prototype) as Record<string, Listen>
  for (const name of LISTENING) {
    if (Object.hasOwn(prototype, name)) continue
    const value: Listen = function (...values) {
      const method = (isOurs(this) ? (findOurs(name)?.value as Listen) : undefined) ?? parent[name]
      return method?.apply(this, values)
    }
    Object.defineProperty(value, 'name', { value: name, configurable: true })
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true })
  }
}

/**
 * Returns the class that replaces the WebSocket of a copy of `ws`. The API that makes the instances is loaded with the first
 * of them.
 *
 * @param isEnabled whether instances of ours are made; otherwise they are originals
 */
export function replaceWebSocket(original: Class, isEnabled: () => boolean): Class {
  let make: Make | undefined
  const replaced = replaceClass(original, (values, target) => {
    // A server makes its sockets with `null`.
    const api = values[0] === null || !isEnabled() ? undefined : ofWs.load()
    if (api !== undefined) {
      make ??= makerOf(api)
      return make(values, target)
    }
    return Reflect.construct(original, values, target === replaced ? original : target) as object
  })
  const { prototype } = original
  joinPrototypes(prototype, prototype, findOurs, isOurs)
  addListening(prototype)
  Object.defineProperty(prototype, 'constructor', { value: replaced, writable: true, configurable: true })
  return replaced
}

type CreateStream = (ws: object, options?: object) => object

/** Returns the function that replaces `createWebSocketStream`: ours for instances of ours. */
export function replaceStream(original: CreateStream): CreateStream {
  return function createWebSocketStream(ws, options) {
    if (ofWs.loaded === undefined || !isOurs(ws)) return original(ws, options)
    return ofWs.loaded.createWebSocketStream(ws as never, options)
  }
}
