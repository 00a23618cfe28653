/**
 * One copy of the package `ws`. The class that replaces its WebSocket has the prototype of the original: sockets of a server,
 * which are always originals, are instances of it, and so are ours. The methods of that prototype tell them apart.
 */

import { type OfWs, ofWs } from './apis.js'
import { type Class, joinPrototypes, replaceClass } from './prototypes.js'
import { warn } from './warnings.js'

/** Sorts the arguments of the constructor as `ws` does: the options may stand in the place of the subprotocols. */
function toOptions(protocols: unknown, options: unknown): object {
  const isOptions = typeof protocols === 'object' && protocols !== null && !Array.isArray(protocols)
  const given = isOptions ? protocols : options
  return typeof given === 'object' && given !== null ? given : {}
}

/** Returns the properties that programs read beyond the documentation of `ws`, as those of instances of ours. */
function semiPublic(ours: object): PropertyDescriptorMap {
  const all = Object.entries(Object.getOwnPropertyDescriptors(ours) as Record<string, PropertyDescriptor>)
  return Object.fromEntries(all.filter(([name]) => name.startsWith('_')))
}

/** What makes instances of ours with the prototype of a program's class. */
function makerOf(api: typeof OfWs): (values: unknown[], target: Class) => object {
  const properties = semiPublic(api.WebSocket.prototype)
  const targets = new WeakMap<object, Class>()
  return (values, { prototype }) => {
    let target = targets.get(prototype)
    if (target === undefined) {
      target = function WebSocket() {} as unknown as Class
      target.prototype = Object.create(prototype, properties) as object
      targets.set(prototype, target)
    }
    return Reflect.construct(api.WebSocket, values, target) as object
  }
}

/** Has the methods of `EventEmitter` tell an instance of ours that its listeners change. */
function addListening(prototype: object, ours: object): void {
  for (const name of ['on', 'once', 'off', 'addListener', 'removeListener', 'prependListener']) {
    defineMissing(prototype, ours, name)
  }
  defineMissing(prototype, ours, 'prependOnceListener')
  defineMissing(prototype, ours, 'removeAllListeners')
}

function defineMissing(prototype: object, ours: object, name: string): void {
  const descriptor = Object.getOwnPropertyDescriptor(ours, name)
  if (descriptor !== undefined && !Object.hasOwn(prototype, name))
    Object.defineProperty(prototype, name, descriptor)
}

/**
 * Returns the class that replaces the WebSocket of a copy of `ws`; `undefined` if this package does not load.
 *
 * @param isEnabled whether instances of ours are made; otherwise they are originals
 */
export function replaceWebSocket(original: Class, isEnabled: () => boolean): Class | undefined {
  const api = ofWs()
  if (api === undefined) return undefined
  const { CLIENT, needsSocket, WebSocket } = api
  const make = makerOf(api)
  const replaced = replaceClass(original, (values, target) => {
    const [address, protocols, options] = values
    // A server makes its sockets with `null`.
    const isOriginal = address === null || !isEnabled()
    const option = isOriginal ? undefined : needsSocket(toOptions(protocols, options))
    if (option !== undefined) {
      warn(`new WebSocket of ws is not replaced: the option ${option} needs a socket of Node, which ws has`)
    }
    if (isOriginal || option !== undefined)
      return Reflect.construct(original, values, target === replaced ? original : target) as object
    return make(values, target)
  })
  const { prototype } = original
  const isOurs = (value: object) => (value as { [CLIENT]?: unknown })[CLIENT] !== undefined
  joinPrototypes(prototype, prototype, WebSocket.prototype, isOurs)
  addListening(prototype, WebSocket.prototype)
  Object.defineProperty(prototype, 'constructor', { value: replaced, writable: true, configurable: true })
  return replaced
}

type CreateStream = (ws: object, options?: object) => object

/** Returns the function that replaces `createWebSocketStream`: ours for instances of ours. */
export function replaceStream(original: CreateStream): CreateStream | undefined {
  const api = ofWs()
  if (api === undefined) return undefined
  const { CLIENT } = api
  return function createWebSocketStream(ws, options) {
    return CLIENT in ws ? api.createWebSocketStream(ws as never, options) : original(ws, options)
  }
}
