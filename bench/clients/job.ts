/** What a contender is asked and what it answers: the interface of every adapter, in any language. */

/** What is done with a connection; bench/README.md describes each. */
export type Work =
  | 'requestResponse'
  | 'window'
  | 'burst'
  | 'source'
  | 'sink'
  | 'oneWay'
  | 'connect'
  | 'idle'
  | 'loop'
  | 'loopSingle'
  | 'slow'
  | 'sparse'
  | 'silent'

/** One thing to measure. */
export interface Cell {
  work: Work
  /** Bytes of a message. */
  size: number
  kind: 'binary' | 'text'
  connections: number
}

/** The argument of a contender. */
export interface Job {
  /** The server, without a path. */
  url: string
  /** A file with the certificate to trust, for `wss:`. */
  ca: string | null
  /** Whole passes are timed until this much time has gone by. */
  milliseconds: number
  cells: Cell[]
}

/** Times between sending and echo, in us. */
export interface Latency {
  p50: number
  p90: number
  p99: number
}

/** The answer to a cell. Times are us per message; of `connect` and `idle`, per connection. */
export interface Entry {
  messages: number
  wall: number
  /** User and system time of the client's process. */
  cpu: number
  latency: Latency | null
  /** `oneWay`: medians of the way there and back, in us. */
  toServer?: number
  toClient?: number
  /** `idle`: growth of resident memory per connection, and all of it, in bytes. */
  rss?: number
  total?: number
  /**
   * `loop`, `loopSingle`: how late a timer of 1 ms is, and in how much time nearly all come, in ms; CPU time of the
   * JavaScript thread in us per message.
   */
  delay?: { p50: number; p99: number }
  timer?: number
  jsCpu?: number
}

/** What `--about` prints. */
export interface About {
  name: string
  version: string
  runtime: string
}
