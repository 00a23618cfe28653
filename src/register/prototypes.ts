/** Prototypes that serve two kinds of instances: those of an original class, and those of ours in its place. */

type Method = (this: object, ...values: unknown[]) => unknown

/** Whether an object is an instance of ours. */
export type IsOurs = (value: object) => boolean

/** Returns a method that calls ours or theirs. It has three parameters, as no method of a WebSocket has more. */
function joinMethods(name: string | symbol, theirs: Method, ours: Method, isOurs: IsOurs): Method {
  const method = function (this: object, first: unknown, second: unknown, third: unknown) {
    const chosen = isOurs(this) ? ours : theirs
    return chosen.call(this, first, second, third)
  } as Method
  Object.defineProperty(method, 'name', { value: String(name), configurable: true })
  Object.defineProperty(method, 'length', { value: theirs.length, configurable: true })
  return method
}

function join(
  name: string | symbol,
  theirs: PropertyDescriptor,
  ours: PropertyDescriptor,
  isOurs: IsOurs,
): PropertyDescriptor {
  if (typeof theirs.value === 'function' && typeof ours.value === 'function')
    return { ...theirs, value: joinMethods(name, theirs.value as Method, ours.value as Method, isOurs) }
  if (theirs.get === undefined || ours.get === undefined) return theirs
  const choose = (key: 'get' | 'set') =>
    joinMethods(`${key} ${String(name)}`, theirs[key] as Method, ours[key] as Method, isOurs)
  return { ...theirs, get: choose('get'), ...(theirs.set === undefined ? {} : { set: choose('set') }) }
}

/**
 * Changes the methods and accessors of `target` that both prototypes have: each runs that of ours on instances of ours,
 * and that of theirs on others.
 */
export function joinPrototypes(target: object, theirs: object, ours: object, isOurs: IsOurs): void {
  for (const name of Reflect.ownKeys(theirs)) {
    const original = Object.getOwnPropertyDescriptor(theirs, name)
    const own = Object.getOwnPropertyDescriptor(ours, name)
    if (original === undefined || own === undefined || name === 'constructor') continue
    if (original.configurable) Object.defineProperty(target, name, join(name, original, own, isOurs))
  }
}

/** Copies the static properties of a class that `target` lacks. */
export function copyStatics(target: object, source: object): void {
  for (const name of Reflect.ownKeys(source)) {
    const descriptor = Object.getOwnPropertyDescriptor(source, name)
    if (descriptor !== undefined && !Object.hasOwn(target, name))
      Object.defineProperty(target, name, descriptor)
  }
}

/** A class, for `Reflect.construct`. */
// biome-ignore lint/suspicious/noExplicitAny: it takes what the program gives.
export type Class = (new (...values: any[]) => object) & { prototype: object }

/**
 * Makes a class that is made by `construct`, and has prototype, statics and parent of another.
 *
 * @param construct gets the arguments, and `new.target`
 */
export function replaceClass(
  original: Class,
  construct: (values: unknown[], target: Class) => object,
): Class {
  const { name } = original
  const replaced = function (...values: unknown[]) {
    if (new.target === undefined)
      throw new TypeError(`Class constructor ${name} cannot be invoked without 'new'`)
    return construct(values, new.target as unknown as Class)
  } as unknown as Class
  Object.defineProperty(replaced, 'prototype', { value: original.prototype, writable: false })
  Object.defineProperty(replaced, 'name', { value: name, configurable: true })
  Object.defineProperty(replaced, 'length', { value: original.length, configurable: true })
  Object.setPrototypeOf(replaced, Object.getPrototypeOf(original) as object)
  copyStatics(replaced, original)
  return replaced
}
