/** Converts what `send` and `ping` accept to what native code takes: a string or a view. */

import { types } from 'node:util'
import { describe, invalid } from '../errors/invalid.js'

/** A message to send: text, or any bytes. */
export type Data = string | NodeJS.ArrayBufferView | ArrayBufferLike

/** A received message: a string for text, a Buffer for binary. */
export type Message = string | Buffer

/** Most bytes of a ping's payload (RFC 6455 section 5.5). */
const MAX_CONTROL_PAYLOAD = 125

/** Returns all bytes of an ArrayBuffer. Throws for a transferred one, which would pass for an empty message. */
function whole(memory: ArrayBufferLike): Uint8Array {
  try {
    return new Uint8Array(memory)
  } catch {
    throw invalid('ERR_WS_INVALID_DATA', 'cannot send memory that was transferred')
  }
}

const TYPED = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array
/** `keys` of all typed arrays. */
const keysOf = TYPED.keys as () => unknown

type Property = 'buffer' | 'byteOffset' | 'byteLength'

function getterOf(prototype: object, name: Property): () => unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get as () => unknown
}

const GETTERS = {
  buffer: [getterOf(TYPED, 'buffer'), getterOf(DataView.prototype, 'buffer')],
  byteOffset: [getterOf(TYPED, 'byteOffset'), getterOf(DataView.prototype, 'byteOffset')],
  byteLength: [getterOf(TYPED, 'byteLength'), getterOf(DataView.prototype, 'byteLength')],
} as const

/** Returns a property of a view by the built-in getter, which a subclass may override. */
function property<T>(view: NodeJS.ArrayBufferView, name: Property): T {
  return Reflect.apply(GETTERS[name][types.isDataView(view) ? 1 : 0], view, []) as T
}

const memoryOf = (view: NodeJS.ArrayBufferView) => property<ArrayBufferLike>(view, 'buffer')

/** Returns the bytes of a view. */
function bytesOf(view: NodeJS.ArrayBufferView): Uint8Array {
  return new Uint8Array(memoryOf(view), property(view, 'byteOffset'), property(view, 'byteLength'))
}

/** Throws if the memory of a view has become too small for it: the length of a typed array is then just 0. */
function checkBounds(view: NodeJS.ArrayBufferView): unknown {
  return types.isDataView(view) ? property(view, 'byteLength') : Reflect.apply(keysOf, view, [])
}

/** Checks that the memory of a view has not been transferred and is large enough. Returns the view. */
export function present<T extends NodeJS.ArrayBufferView>(view: T): T {
  whole(memoryOf(view))
  try {
    checkBounds(view)
  } catch {
    throw invalid('ERR_WS_INVALID_DATA', 'cannot send a view whose memory has become too small for it')
  }
  return view
}

/**
 * Returns the view that native code copies from. Copies shared memory first, because another thread may write to it
 * while native code reads. Does not check views: a view without bytes is checked by {@link present} later.
 *
 * @throws TypeError `ERR_WS_INVALID_DATA` for anything that holds no bytes, and for a transferred ArrayBuffer.
 */
export function toView(data: unknown): NodeJS.ArrayBufferView {
  if (ArrayBuffer.isView(data)) {
    const view = data as NodeJS.ArrayBufferView
    return types.isSharedArrayBuffer(memoryOf(view)) ? new Uint8Array(bytesOf(view)) : view
  }
  // Not `instanceof`: the value may come from another realm.
  if (types.isArrayBuffer(data)) return whole(data)
  if (types.isSharedArrayBuffer(data)) return new Uint8Array(new Uint8Array(data))
  throw invalid(
    'ERR_WS_INVALID_DATA',
    `cannot send ${describe(data)}: a message is a string, a Buffer, a TypedArray, a DataView or an ArrayBuffer, and only for send() a Blob or an iterable of chunks`,
  )
}

/**
 * Returns the bytes of a view or of an ArrayBuffer, checked. They are not copied, unless the memory is shared.
 *
 * @throws TypeError `ERR_WS_INVALID_DATA` as {@link toView}, and for a view whose memory is too small for it.
 */
export function toBytes(data: unknown): Uint8Array {
  return bytesOf(present(toView(data)))
}

/**
 * Returns the payload of a ping: a copy, so that the pong is compared with what was sent.
 *
 * @throws TypeError `ERR_WS_INVALID_DATA` for anything that holds no bytes, or more than 125.
 */
export function toPingPayload(data: unknown): Buffer {
  const view = typeof data === 'string' ? Buffer.from(data) : present(toView(data))
  const payload = Buffer.from(bytesOf(view))
  if (payload.byteLength > MAX_CONTROL_PAYLOAD) {
    throw invalid(
      'ERR_WS_INVALID_DATA',
      `a ping has ${payload.byteLength} bytes, the most is ${MAX_CONTROL_PAYLOAD} (RFC 6455 section 5.5)`,
    )
  }
  return payload
}
