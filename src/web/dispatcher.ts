/** The dispatcher that a program has set for undici, which connections of this package do not use. */

/** Where undici has it: since version 8, and before. */
const KEYS = [Symbol.for('undici.globalDispatcher.2'), Symbol.for('undici.globalDispatcher.1')]
let hasWarned = false

/** Emits a warning with the code `WEBSOCKET_RS_IGNORED`, once, if there is a dispatcher that Node has not set itself. */
export function warnOfDispatcher(): void {
  if (hasWarned) return
  const key = KEYS.find((symbol) => symbol in globalThis)
  if (key === undefined) return
  const name = (globalThis as unknown as Record<symbol, Partial<object> | undefined>)[key]?.constructor?.name
  // Node sets one with the first `fetch`.
  if (name === undefined || name === 'Agent') return
  hasWarned = true
  const message = `websocket-rs/web: the ${name || 'dispatcher'} of setGlobalDispatcher is ignored: use the option proxy, tls or lookup`
  process.emitWarning(message, { code: 'WEBSOCKET_RS_IGNORED' })
}
