/** Opens streams: sockets of Node, or what the program's function or agent returns. */

import { EventEmitter } from 'node:events'
import type { Agent } from 'node:http'
import type { LookupFunction, Socket, TcpNetConnectOpts } from 'node:net'
import type { Duplex } from 'node:stream'
import { describe } from '../errors/invalid.js'
import { net } from '../node/builtin.js'
import type { CreateConnection } from '../options/socket.js'

/** Called once, with the error or with the stream. */
export type Done = (error: unknown, stream?: Duplex) => void

/** Makes `lookup` of `net.connect` of addresses that are known. */
function toLookup(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: net().isIP(address) }))
  return (_host, { all }, done) => {
    const [first] = found
    if (all) done(null, found)
    else done(null, first?.address ?? '', first?.family ?? 0)
  }
}

/** Calls `done` when a stream is connected, or has failed. Returns the stream. */
function whenConnected(stream: Duplex, event: string, done: Done): Duplex {
  const finish = (error?: unknown) => {
    stream.off(event, connected)
    stream.off('error', finish)
    stream.off('close', lose)
    if (error === undefined) done(undefined, stream)
    else {
      stream.on('error', () => {})
      done(error)
    }
  }
  const connected = () => finish()
  const lose = () => finish(Object.assign(new Error('the stream was closed'), { code: 'ECONNRESET' }))
  stream.on(event, connected)
  stream.on('error', finish)
  stream.on('close', lose)
  return stream
}

/** Connects to the first address of a host that accepts. */
export function dial(
  [host, port]: readonly [string, number],
  addresses: readonly string[],
  localAddress: string | undefined,
  done: Done,
): Duplex {
  const given: TcpNetConnectOpts & { autoSelectFamily: boolean } = {
    // A zone is part of the address.
    host: addresses.length === 1 && host.includes('%') ? host : (addresses[0] ?? host),
    port,
    noDelay: true,
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(addresses.length > 1 ? { host, lookup: toLookup(addresses) } : {}),
    autoSelectFamily: true,
  }
  return whenConnected(net().connect(given), 'connect', done)
}

/** Connects to a Unix socket. */
export function dialUnix(path: string, done: Done): Duplex {
  return whenConnected(net().connect({ path }), 'connect', done)
}

/** Waits until a stream of the program is connected, if it is one that connects. */
function whenReady(stream: Duplex, done: Done): void {
  const { connecting, secureConnecting } = stream as Partial<Socket & { secureConnecting: boolean }>
  if (secureConnecting) whenConnected(stream, 'secureConnect', done)
  else if (connecting) whenConnected(stream, 'connect', done)
  else done(undefined, stream)
}

function isDuplex(value: unknown): value is Duplex {
  const { on, write, resume } = Object(value) as Partial<Duplex>
  return [on, write, resume].every((method) => typeof method === 'function')
}

/**
 * Opens a stream by a function of the program, which returns it or calls back.
 *
 * @param note called with the stream before it is connected
 */
export function create(
  createConnection: CreateConnection,
  options: object,
  note: (stream: Duplex) => void,
  done: Done,
): void {
  let isDone = false
  const take = (error: unknown, stream?: Duplex | null) => {
    if (isDone || (!error && !stream)) return
    isDone = true
    if (error || !stream) done(error)
    else if (!isDuplex(stream))
      done(new TypeError(`expected a Duplex of createConnection, not ${describe(stream)}`))
    else {
      note(stream)
      whenReady(stream, done)
    }
  }
  try {
    take(undefined, createConnection(options, take))
  } catch (error) {
    take(error ?? new Error('createConnection has thrown nothing'))
  }
}

/** What agents have beside what their types declare. */
interface OpenAgent {
  createSocket(request: object, options: object, done: (error: unknown, stream?: Duplex) => void): void
}

/** The part of a request that agents look at. */
function toRequest({ host, path }: { host?: string; path?: string }) {
  return Object.assign(new EventEmitter(), {
    method: 'GET',
    path,
    host,
    getHeader: (name: string) => (name.toLowerCase() === 'host' ? host : undefined),
    setHeader() {},
    hasHeader: () => false,
    removeHeader() {},
  })
}

/** Opens a stream by an agent, which does not pool it. */
export function createByAgent(
  agent: Agent,
  options: { host?: string; path?: string },
  note: (stream: Duplex) => void,
  done: Done,
): void {
  const { createSocket } = agent as unknown as OpenAgent
  const byMethod: CreateConnection = (given, callback) => {
    createSocket.call(agent, toRequest(options), given, callback as never)
    return undefined
  }
  create(byMethod, options, note, (error, stream) => {
    // As after an upgrade: the agent neither keeps the socket nor times it out.
    stream?.emit('agentRemove')
    done(error, stream)
  })
}
