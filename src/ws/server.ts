/** The classes of `ws` that are not a client's, from the package `ws` if it is installed. */

/** The parts of the package `ws` that are passed on. */
type Package = Record<string, unknown>

/** Names that `ws` exports and this package does not have. */
export const SERVER_EXPORTS = [
  'Server',
  'WebSocketServer',
  'Receiver',
  'Sender',
  'PerMessageDeflate',
  'extension',
  'subprotocol',
] as const

/** Those of them that are objects with functions. The others are classes. */
const NAMESPACES = new Set<string>(['extension', 'subprotocol'])

type Load = { (name: string): Package; loaded?: Package }

/** The exports that stand for those of `ws`. */
const standIns = new WeakSet<object>()

function unavailable(name: string, reason: string, cause?: unknown): Error {
  const message = `websocket-rs/ws has no ${name} of its own: it is that of the package ws, ${reason}`
  return Object.assign(new Error(message, { cause }), { code: 'MODULE_NOT_FOUND' })
}

/**
 * Requires the package `ws`. An alias of a bundler or an override of npm may lead from `ws` to `websocket-rs/ws`, which would
 * ask itself.
 */
function requireWs(name: string): Package {
  let found: Package
  try {
    found = require('ws')
  } catch (cause) {
    throw unavailable(name, 'which is not installed (npm install ws)', cause)
  }
  if (!standIns.has(Object(found.Server))) return found
  throw unavailable(
    name,
    'which a bundler or an override replaces with websocket-rs/ws (remove it, and import websocket-rs/ws for clients)',
  )
}

/**
 * Loads the package `ws`.
 *
 * @param name what it is needed for
 * @throws Error with code `MODULE_NOT_FOUND` if it is not installed, or replaced by an alias.
 */
export const loadWs: Load = (name) => {
  loadWs.loaded ??= requireWs(name)
  return loadWs.loaded
}

/** Makes the socket of a server, which `new WebSocket(null)` asks for. */
export function serverSocket(protocols: unknown, options: unknown): unknown {
  const { WebSocket } = loadWs('server socket') as { WebSocket: new (...values: unknown[]) => unknown }
  return new WebSocket(null, protocols, options)
}

/**
 * Returns an export of `ws` that is loaded with its first use, so that a client alone does not load the package. It can be
 * called, constructed, extended and asked by `instanceof` like the original.
 */
export function lazyExport(name: string): unknown {
  const load = () => loadWs(name)[name] as object
  const target = NAMESPACES.has(name) ? {} : function lazy() {}
  const handler: ProxyHandler<object> = {
    apply: (_, self, values) => Reflect.apply(load() as () => void, self, values),
    construct: (_, values, newTarget) => {
      const original = load() as new () => object
      return Reflect.construct(original, values, newTarget === proxy ? original : newTarget)
    },
    get: (_, key) => {
      const value: unknown = Reflect.get(load(), key)
      return value
    },
    set: (_, key, value) => Reflect.set(load(), key, value),
    has: (_, key) => Reflect.has(load(), key),
    getPrototypeOf: () => Reflect.getPrototypeOf(load()),
  }
  const proxy = new Proxy(target, handler)
  standIns.add(proxy)
  return proxy
}
