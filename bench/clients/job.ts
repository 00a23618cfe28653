/** The interface of every contender, in any language: the job it is given and the entries it prints. */

/** Workloads of a process of its own, measured from its start to its exit, with this many messages. */
export type WholeProcess = 'process1' | 'process100' | 'process10000'

/** What is done on a connection; bench/README.md describes each workload. */
export type Workload =
  | 'requestResponse'
  | 'pipelined'
  | 'burst'
  | 'source'
  | 'sink'
  | 'oneWay'
  | 'connect'
  | 'idle'
  | 'active'
  | 'loop'
  | 'loopSingle'
  | 'loopWork'
  | 'slow'
  | 'sparse'
  | 'silent'
  | WholeProcess

/** One measurement. */
export interface Cell {
  workload: Workload
  /** Bytes of a message. */
  size: number
  /** `json` is varied JSON texts on compressed connections. */
  kind: 'binary' | 'text' | 'json'
  connections: number
}

/** The argument of a contender. */
export interface Job {
  /** URL of the server, without a path. */
  url: string
  /** A file with the certificate to trust, for `wss:`. */
  ca: string | null
  /** Whole passes are timed until this much time has elapsed. */
  milliseconds: number
  /** A folder with the texts of `json` cells: `<size>.json`, an array of strings. */
  documents: string | null
  /** Whether libraries compress with their defaults, or all with the same settings. */
  compression: 'equal' | 'defaults'
  cells: Cell[]
}

/** Percentiles of the times between sending and echo, in us. */
export interface Latency {
  p50: number
  p90: number
  p99: number
}

/**
 * The figures of a cell. Times are in us per message; for `connect` and `idle`, per
 * connection, for whole processes per process.
 */
export interface Entry {
  messages: number
  wall: number
  /** User and system time of the client's process. */
  cpu: number
  latency: Latency | null
  /** `oneWay`: median times to the server and back, in us. */
  toServer?: number
  toClient?: number
  /** `idle`, `active`: growth of resident memory per connection, and total resident memory, in bytes. */
  rss?: number
  total?: number
  /**
   * `loop`, `loopSingle`, `loopWork`: percentiles and maximum of how late a 1 ms timer fires, and the 99th percentile of
   * its intervals, in ms; CPU time of the JavaScript thread in us per message.
   */
  delay?: { p50: number; p99: number; max: number }
  timer?: number
  jsCpu?: number
}

/** What a contender prints for `--about`. */
export interface About {
  name: string
  version: string
  runtime: string
}
