/** Prototypes that serve two kinds of instances: those of an original class, and those of ours in its place. */

type Method = (this: object, ...values: unknown[]) => unknown

/** Whether an object is an instance of ours. */
export type IsOurs = (value: object) => boolean

/** Finds the property of a name that instances of ours have; `undefined` if they have that of theirs. */
export type FindOurs = (name: string | symbol) => PropertyDescriptor | undefined

/**
 * Returns a method that calls ours or theirs. Ours is looked for when it is called first. It has three parameters, as no
 * method of a WebSocket has more.
 */
function joinMethods(name: string, theirs: Method, find: () => Method | undefined, isOurs: IsOurs): Method {
  let ours: Method | undefined
  const method = function (this: object, first: unknown, second: unknown, third: unknown) {
    if (!isOurs(this)) return theirs.call(this, first, second, third)
    ours ??= find() ?? theirs
    return ours.call(this, first, second, third)
  } as Method
  Object.defineProperty(method, 'name', { value: name, configurable: true })
  Object.defineProperty(method, 'length', { value: theirs.length, configurable: true })
  return method
}

/** Returns a property of theirs whose functions call ours on instances of ours. */
function join(
  name: string | symbol,
  theirs: PropertyDescriptor,
  findOurs: FindOurs,
  isOurs: IsOurs,
): PropertyDescriptor {
  const joined = { ...theirs }
  for (const [key, prefix] of [
    ['value', ''],
    ['get', 'get '],
    ['set', 'set '],
  ] as const) {
    const method: unknown = theirs[key]
    if (typeof method !== 'function') continue
    const find = () => findOurs(name)?.[key] as Method | undefined
    joined[key] = joinMethods(`${prefix}${String(name)}`, method as Method, find, isOurs)
  }
  return joined
}

/**
 * Has the methods and accessors of `target`, which has those of `theirs`, run those of ours on instances of ours.
 *
 * @param findOurs called when one of them is first used on an instance of ours
 */
export function joinPrototypes(target: object, theirs: object, findOurs: FindOurs, isOurs: IsOurs): void {
  for (const name of Reflect.ownKeys(theirs)) {
    const original = Object.getOwnPropertyDescriptor(theirs, name)
    if (original?.configurable !== true || name === 'constructor') continue
    Object.defineProperty(target, name, join(name, original, findOurs, isOurs))
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
  // A computed name is the one that stack traces have.
  const { [name]: made } = {
    [name]: function (...values: unknown[]) {
      if (new.target === undefined)
        throw new TypeError(`Class constructor ${name} cannot be invoked without 'new'`)
      return construct(values, new.target as unknown as Class)
    },
  }
  const replaced = made as unknown as Class
  Object.defineProperty(replaced, 'prototype', { value: original.prototype, writable: false })
  Object.defineProperty(replaced, 'length', { value: original.length, configurable: true })
  Object.setPrototypeOf(replaced, Object.getPrototypeOf(original) as object)
  copyStatics(replaced, original)
  return replaced
}
