/** An echo server on Bun, which uses uWebSockets. Prints its URL and ends when its standard input ends. */

/** The part of `Bun.serve` that is used. */
type Serve = (options: {
  hostname: string
  port: number
  fetch(request: unknown, server: { upgrade(request: unknown): boolean }): unknown
  websocket: Record<string, unknown> & {
    message(socket: { send(data: unknown, compress?: boolean): number }, data: unknown): void
  }
}) => { port: number }

const LIMIT = 256 * 1024 * 1024
const { serve } = (globalThis as unknown as { Bun: { serve: Serve } }).Bun

const server = serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: (request, upgrading) => (upgrading.upgrade(request) ? undefined : new Response('', { status: 400 })),
  websocket: {
    message(socket, data) {
      socket.send(data, true)
    },
    // Accepts it from clients that offer it, and compresses their echoes.
    perMessageDeflate: true,
    maxPayloadLength: LIMIT,
    // Echoes of a burst are queued here.
    backpressureLimit: LIMIT,
    idleTimeout: 0,
  },
})
console.log(JSON.stringify({ ws: `ws://127.0.0.1:${server.port}` }))
process.stdin.on('end', () => process.exit()).resume()
