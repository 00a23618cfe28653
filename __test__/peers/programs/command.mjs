// Shared by the servers in JavaScript: the commands of the path, and the report of a close.

export const HOST = '127.0.0.1'
export const PROTOCOL = 'chat'

/** Parses `/close?code=N&reason=TEXT` (code 0: without a code) and `/ping?payload=TEXT`. All other paths only echo. */
export function toCommand(target) {
  const { pathname, searchParams } = new URL(target, 'ws://localhost')
  const code = Number(searchParams.get('code') ?? 1000)
  return {
    closes: pathname === '/close',
    pings: pathname === '/ping',
    /** The arguments of the library's `close`: none without a code, so that the library chooses. */
    closeArguments: code === 0 ? [] : [code, searchParams.get('reason') ?? ''],
    payload: searchParams.get('payload') ?? '',
  }
}

/** Prints code and reason of the client's close frame. */
export function reportClose(code, reason) {
  console.log(JSON.stringify({ code, reason: String(reason) }))
}
