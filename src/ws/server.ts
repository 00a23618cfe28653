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

type Load = { (name: string): Package; loaded?: Package }

/** The exports that this file makes. */
const made = new WeakSet<object>()

/** Requires the package `ws`. It is this one if an alias or an override says so, which has no server. */
function requireWs(): Package {
  const required = require('ws') as Package
  if (made.has(required.Server as object)) throw new Error('the package ws is websocket-rs/ws')
  return required
}

/**
 * Loads the package `ws`.
 *
 * @param name what it is needed for
 * @throws Error with code `MODULE_NOT_FOUND` if it is not installed.
 */
export const loadWs: Load = (name) => {
  try {
    loadWs.loaded ??= requireWs()
    return loadWs.loaded
  } catch (cause) {
    const message = `websocket-rs/ws has no ${name} of its own: it is that of the package ws, which is not installed (npm install ws)`
    throw Object.assign(new Error(message, { cause }), { code: 'MODULE_NOT_FOUND' })
  }
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
  const target = function lazy() {}
  const handler: ProxyHandler<() => void> = {
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
  made.add(proxy)
  return proxy
}
