/** The APIs that replace others, loaded with their first use: most programs need one of them, and some none. */

import type * as OfWs from '../register-ws.js'
import type * as Web from '../web.js'
import { warn } from './warnings.js'

export type { OfWs, Web }

/** Loads an API once. Returns `undefined`, after a warning, if the native library does not load here. */
function loader<T>(load: () => T): () => T | undefined {
  let loaded: { api: T | undefined } | undefined
  return () => {
    try {
      loaded ??= { api: load() }
    } catch (error) {
      loaded = { api: undefined }
      warn(`nothing is replaced, because websocket-rs does not load: ${(error as Error).message}`)
    }
    return loaded.api
  }
}

export const ofWs = loader(() => require('../register-ws.js') as typeof OfWs)
export const web = loader(() => require('../web.js') as typeof Web)
