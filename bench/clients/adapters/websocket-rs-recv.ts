/** The promise API of websocket-rs, receiving by `recv()`. */

import { oneByOne, promiseApi } from '../promise-api.js'

export const adapter = promiseApi('websocket-rs, recv()', oneByOne)
