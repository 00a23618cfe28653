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
  reject(error: Error): void
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

  async call<T>(method: string, ...params: unknown[]): Promise<T> {
    this.#lastId += 1
    const id = this.#lastId
    const answered = new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }))
    try {
      await this.#ws.sendJSON({ jsonrpc: '2.0', id, method, params })
    } catch (error) {
      this.#calls.delete(id)
      throw error
    }
    return answered as Promise<T>
  }

  async #receive(): Promise<void> {
    let reason: Error = new Error('the connection is closed')
    try {
      for await (const response of this.#ws.json<Response>()) this.#settle(response)
    } catch (error) {
      reason = error as Error
    }
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

const [url = 'ws://localhost:8080/rpc', count = '10000'] = process.argv.slice(2)

await using ws = await connect(url)
const client = new RPCClient(ws)

const start = performance.now()
const numbers = Array.from({ length: Number(count) }, (_, number) => number)
const sums = await Promise.all(numbers.map((number) => client.call<number>('add', number, 1)))
const took = performance.now() - start

const isRight = sums.every((sum, index) => sum === index + 1)
console.log(`${sums.length} calls in ${took.toFixed(0)} ms, results ${isRight ? 'right' : 'WRONG'}`)
await client.call('divide').catch((error: Error) => console.log(error.message))
