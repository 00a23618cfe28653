/** The npm package ws without bufferutil, which is installed too and has to be disabled. */

import { wsAdapter } from '../ws-adapter.js'

process.env.WS_NO_BUFFER_UTIL = '1'

export const adapter = wsAdapter('ws')
