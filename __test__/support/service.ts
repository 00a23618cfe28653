// Other people's servers and proxies: their processes, from the start to the moment they listen, and their end.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Program } from './program.js'

/** Where a service shall listen, and what those in front of another stand on. */
export interface Place {
  port: number
  tlsPort: number
  /** Certificates of the tests' peer, and room for configurations. */
  folder: string
  /** `host:port` of the tests' peer. */
  upstream: string
}

/** A service, and how it is started. */
export interface Service {
  name: string
  command(place: Place): string[]
}

/** Fills in a configuration; its path. */
export function configure(template: URL, { port, tlsPort, folder, upstream }: Place): string {
  const values: Record<string, string> = {
    PORT: `${port}`,
    TLS_PORT: `${tlsPort}`,
    FOLDER: folder,
    UPSTREAM: upstream,
  }
  const file = join(folder, basename(fileURLToPath(template)))
  const text = readFileSync(template, 'utf8')
  writeFileSync(
    file,
    text.replace(/\b(?:PORT|TLS_PORT|FOLDER|UPSTREAM)\b/g, (key) => values[key] ?? key),
  )
  return file
}

/** How long a server may take until it listens. */
const START = 20_000

/** A service that listens. */
export interface Running {
  /** `127.0.0.1:port` */
  plain: string
  /** `localhost:port` */
  tls: string
  output: Program
  stop(): Promise<void>
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

/**
 * A port for a server, as not every server can say which one it took. It is below those the kernel gives to
 * outgoing connections, of which other tests make thousands meanwhile.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000)
    if (await isFree(port)) return port
  }
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** Waits until the port is taken; a server that ends or stays silent before that fails, with all it said. */
async function listening(name: string, child: ChildProcess, port: number, output: Program): Promise<void> {
  const end = Date.now() + START
  while (!(await listens(port))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${name} ended before it listened: ${JSON.stringify(await output.ended)}`)
    }
    if (Date.now() > end) {
      child.kill('SIGKILL')
      throw new Error(`${name} did not listen within ${START} ms: ${JSON.stringify(await output.ended)}`)
    }
    await setTimeout(20)
  }
}

/**
 * Starts a service.
 *
 * @param service which
 * @param behind what those in front of another need: a folder with certificates, and the peer behind them
 * @throws Error if it cannot be started, is not installed or does not come to listen
 */
export async function start(service: Service, behind: Pick<Place, 'folder' | 'upstream'>): Promise<Running> {
  const [port, tlsPort] = [await freePort(), await freePort()]
  const command = service.command({ ...behind, port, tlsPort })
  // However this process ends, the service ends with it.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // In a group of its own, with the processes that it starts itself.
    detached: true,
  })
  await once(child, 'spawn')
  const output = new Program(child)
  await listening(service.name, child, port, output)
  return {
    plain: `127.0.0.1:${port}`,
    tls: `localhost:${tlsPort}`,
    output,
    async stop() {
      process.kill(-(child.pid as number), 'SIGKILL')
      await output.ended
    },
  }
}
