// What the servers in JavaScript share: the path's commands, and the line that says how a client closed.

export const HOST = '127.0.0.1'
export const PROTOCOL = 'chat'

/** `/close?code=N&reason=TEXT` (code 0: without one), `/ping?payload=TEXT`; all other paths only echo. */
export function toCommand(target) {
  const { pathname, searchParams } = new URL(target, 'ws://localhost')
  const code = Number(searchParams.get('code') ?? 1000)
  return {
    closes: pathname === '/close',
    pings: pathname === '/ping',
    /** Of the library's own `close`: none without a code, so that the library chooses. */
    closeArguments: code === 0 ? [] : [code, searchParams.get('reason') ?? ''],
    payload: searchParams.get('payload') ?? '',
  }
}

/** Prints what the client's close frame held. */
export function sayClosed(code, reason) {
  console.log(JSON.stringify({ code, reason: String(reason) }))
}
