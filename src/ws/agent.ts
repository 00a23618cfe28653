/** The option `agent`. An agent of Node's own classes, not of a subclass, only adds options to those of the request. */

import type { Agent, ClientRequestArgs } from 'node:http'
import { http, https } from '../node/builtin.js'

/** Options that an agent is merged with. */
interface Options {
  agent?: ClientRequestArgs['agent'] | undefined
  headers?: object | undefined
}

/** An agent with the options that Node merges into those of a request. */
type PlainAgent = Agent & { readonly options: Record<string, unknown>; readonly protocol: string }

/** Methods that make the sockets of an agent. Programs replace them on an agent of their own. */
const CONNECTING = ['addRequest', 'createConnection', 'createSocket']
/** Options of an agent that change where a request goes. */
const DESTINATION = ['host', 'hostname', 'port', 'socketPath', 'proxyEnv']

function isPlain(agent: object): agent is PlainAgent {
  const prototype: unknown = Object.getPrototypeOf(agent)
  if (prototype !== http().Agent.prototype && prototype !== https().Agent.prototype) return false
  const { options } = agent as PlainAgent
  return (
    !CONNECTING.some((name) => Object.hasOwn(agent, name)) &&
    !DESTINATION.some((name) => options[name] !== undefined)
  )
}

/** Whether the server's name in TLS would be that of the header `Host`. */
function hasHost(headers: object | undefined): boolean {
  return Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'host')
}

function toPlain({ agent, headers }: Options): PlainAgent | undefined {
  return typeof agent === 'object' && agent !== null && isPlain(agent) && !hasHost(headers)
    ? agent
    : undefined
}

/**
 * Returns the options with those of an agent in its place, as Node merges them: the agent's count. Its pool is not used,
 * which a WebSocket leaves anyway. Returns the same options if there is no agent, or one that does more.
 */
export function mergeAgent<T extends Options>(options: T): T {
  const agent = toPlain(options)
  return agent === undefined ? options : { ...options, ...agent.options, agent: undefined }
}

/**
 * Checks that an agent is one for the scheme of the address.
 *
 * @throws TypeError with code and message of Node's HTTP client.
 */
export function checkAgent(options: Options, isSecure: boolean): void {
  const expected = toPlain(options)?.protocol
  const protocol = isSecure ? 'https:' : 'http:'
  if (expected === undefined || expected === protocol) return
  const message = `Protocol "${protocol}" not supported. Expected "${expected}"`
  throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_PROTOCOL' })
}
