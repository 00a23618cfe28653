/** The APIs that replace others, loaded with their first use: most programs need one of them, and some none. */

import type * as OfWs from '../register-ws.js'
import type * as Web from '../web.js'
import { warn } from './warnings.js'

export type { OfWs, Web }

/** An API that is loaded when it is needed, once. */
class Late<T> {
  readonly #load: () => T
  #hasTried = false
  /** The API; `undefined` before it is loaded, and if it does not load. */
  loaded: T | undefined

  constructor(load: () => T) {
    this.#load = load
  }

  /** Loads the API. Returns `undefined`, after a warning, if the native library does not load here. */
  load(): T | undefined {
    if (this.#hasTried) return this.loaded
    this.#hasTried = true
    try {
      this.loaded = this.#load()
    } catch (error) {
      warn(`nothing is replaced, because websocket-rs does not load: ${(error as Error).message}`)
    }
    return this.loaded
  }
}

export const ofWs = new Late(() => require('../register-ws.js') as typeof OfWs)
export const web = new Late(() => require('../web.js') as typeof Web)
