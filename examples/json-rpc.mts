/**
 * A JSON-RPC 2.0 client on one connection, with thousands of calls in flight.
 *
 *     node build/examples/json-rpc.mjs ws://localhost:8080/rpc [calls]
 */

import { type Connection, connect } from 'websocket-rs'

interface Response {
  id: number
  result?: unknown
  error?: { code: number; message: string }
}

interface Call {
  resolve(result: unknown): void
  reject(error: unknown): void
}

/** Matches responses to calls by `id`. */
class RPCClient {
  readonly #ws: Connection
  readonly #calls = new Map<number, Call>()
  #lastId = 0

  constructor(ws: Connection) {
    this.#ws = ws
    this.#receive()
  }

  /** Calls a method. Rejects with the server's error, or with that of the connection if it ends before the response. */
  call<T>(method: string, ...params: unknown[]): Promise<T> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve: resolve as Call['resolve'], reject })
      this.#ws.sendJSON({ jsonrpc: '2.0', id, method, params }).catch((error) => {
        this.#calls.delete(id)
        reject(error)
      })
    })
  }

  async #receive(): Promise<void> {
    let reason: unknown
    try {
      for await (const response of this.#ws.json<Response>()) this.#settle(response)
    } catch (error) {
      reason = error
    }
    // After a response that is not JSON the connection is still open, and later calls would wait without end.
    this.#ws.terminate()
    reason ??= new Error(`the connection was closed with code ${this.#ws.closeCode}`)
    for (const { reject } of this.#calls.values()) reject(reason)
    this.#calls.clear()
  }

  #settle({ id, result, error }: Response): void {
    const call = this.#calls.get(id)
    this.#calls.delete(id)
    if (error === undefined) call?.resolve(result)
    else call?.reject(new Error(`${error.message} (${error.code})`))
  }
}

const [url = 'ws://localhost:8080/rpc', calls = '10000'] = process.argv.slice(2)

await using ws = await connect(url)
const client = new RPCClient(ws)

const start = performance.now()
const numbers = Array.from({ length: Number(calls) }, (_, index) => index)
const sums = await Promise.all(numbers.map((number) => client.call<number>('add', number, 1)))
const duration = performance.now() - start

const wrong = sums.filter((sum, index) => sum !== index + 1)
console.log(`${sums.length} calls in ${duration.toFixed(0)} ms, ${wrong.length} wrong results`)
await client.call('divide', 1, 0).catch((error: Error) => console.log(error.message))
