/** What `send` and `ping` accept, brought to what native code takes: a string, or a view. */

import { types } from 'node:util'
import { describe, invalid } from '../errors/invalid.js'

/** A message to send: text, or any bytes. */
export type Data = string | NodeJS.ArrayBufferView | ArrayBufferLike

/** A received message: a string for text, a Buffer for binary. */
export type Message = string | Buffer

/** Most bytes of a ping's payload (RFC 6455 section 5.5). */
const MAX_CONTROL_PAYLOAD = 125

/** All of some memory. What was transferred has none any more, and is not to be taken for an empty message. */
function whole(memory: ArrayBufferLike): Uint8Array {
  try {
    return new Uint8Array(memory)
  } catch {
    throw invalid('ERR_WS_INVALID_DATA', 'cannot send memory that was transferred to somebody else')
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

/** What the language itself says of a view: a subclass may say something else. */
function property<T>(view: NodeJS.ArrayBufferView, name: Property): T {
  return Reflect.apply(GETTERS[name][types.isDataView(view) ? 1 : 0], view, []) as T
}

const memoryOf = (view: NodeJS.ArrayBufferView) => property<ArrayBufferLike>(view, 'buffer')

/** The bytes of a view. */
function bytesOf(view: NodeJS.ArrayBufferView): Uint8Array {
  return new Uint8Array(memoryOf(view), property(view, 'byteOffset'), property(view, 'byteLength'))
}

/** Throws if the memory of a view has become too small for it. A typed array's length is only 0 then. */
function checkBounds(view: NodeJS.ArrayBufferView): unknown {
  return types.isDataView(view) ? property(view, 'byteLength') : Reflect.apply(keysOf, view, [])
}

/** The same view, whose memory is still there, all of it. */
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
 * The view native code copies from. Shared memory is copied here first, because another thread may
 * write to it while native code reads. Whether the memory of a view is still {@link present} is asked where it
 * turns out to have no bytes.
 *
 * @throws TypeError `ERR_WS_INVALID_DATA` for anything without bytes, and for a buffer that was transferred.
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
    `cannot send ${describe(data)}: a message is a string, a Buffer, a TypedArray, a DataView or an ArrayBuffer`,
  )
}

/**
 * The payload of a ping: a copy, so that the pong is compared with what was sent.
 *
 * @throws TypeError `ERR_WS_INVALID_DATA` for anything without bytes, or with more than 125.
 */
export function toPingPayload(data: unknown): Buffer {
  const view = typeof data === 'string' ? Buffer.from(data) : present(toView(data))
  const payload = Buffer.from(bytesOf(view))
  if (payload.byteLength > MAX_CONTROL_PAYLOAD) {
    throw invalid(
      'ERR_WS_INVALID_DATA',
      `a ping has ${payload.byteLength} bytes, ${MAX_CONTROL_PAYLOAD} are the most (RFC 6455 section 5.5)`,
    )
  }
  return payload
}
