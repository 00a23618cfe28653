// Starts and stops third-party servers and proxies.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Program } from './program.js'

/** The ports of a service, its folder, and the server behind it. */
export interface Place {
  port: number
  tlsPort: number
  /** A folder with the certificates of the tests' peer, for configuration files. */
  folder: string
  /** The `host:port` of the tests' peer. */
  upstream: string
}

/** A service and its command. */
export interface Service {
  name: string
  command(place: Place): string[]
}

/** Writes a configuration from a template. Returns its path. */
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

/** How long a service may take until it listens, in ms. */
const START_TIMEOUT = 20_000

/** A running service. */
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
 * Returns a free port, because not every server can print the port that it chose. The port is below the range for
 * outgoing connections, of which other tests open thousands at the same time.
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

/** Waits until the port accepts connections. Throws, with the output of the server, if it exits or takes too long. */
async function waitUntilListening(
  name: string,
  child: ChildProcess,
  port: number,
  output: Program,
): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT
  while (!(await listens(port))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${name} exited before it listened: ${JSON.stringify(await output.ended)}`)
    }
    if (Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(
        `${name} did not listen within ${START_TIMEOUT} ms: ${JSON.stringify(await output.ended)}`,
      )
    }
    await setTimeout(20)
  }
}

/**
 * Starts a service.
 *
 * @param service the service
 * @param behind the folder with certificates and the peer, for services in front of it
 * @throws Error if the service is not installed, cannot be started or does not listen in time
 */
export async function start(service: Service, behind: Pick<Place, 'folder' | 'upstream'>): Promise<Running> {
  const [port, tlsPort] = [await freePort(), await freePort()]
  const command = service.command({ ...behind, port, tlsPort })
  // The kernel kills the service when this process ends.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // In a process group of its own, together with the processes that it starts.
    detached: true,
  })
  await once(child, 'spawn')
  const output = new Program(child)
  await waitUntilListening(service.name, child, port, output)
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
