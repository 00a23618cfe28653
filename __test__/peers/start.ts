// A server's process, from its start to the moment it listens, and its end.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { Program } from '../support/program.js'
import type { Place, Server } from './servers.js'

/** How long a server may take until it listens. */
const START = 20_000

/** A server that listens. */
export interface Running {
  /** `host:port` */
  plain: string
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
 * Starts a server.
 *
 * @param server which
 * @param behind what proxies need: a folder with certificates, and the peer behind them
 * @throws Error if it cannot be started, is not installed or does not come to listen
 */
export async function start(server: Server, behind: Pick<Place, 'folder' | 'upstream'>): Promise<Running> {
  const [port, tlsPort] = [await freePort(), await freePort()]
  const command = server.command({ ...behind, port, tlsPort })
  // However this process ends, the server ends with it.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await once(child, 'spawn')
  const output = new Program(child)
  await listening(server.name, child, port, output)
  return {
    plain: `ws://127.0.0.1:${port}`,
    tls: `wss://localhost:${tlsPort}`,
    output,
    async stop() {
      child.kill('SIGKILL')
      await output.ended
    },
  }
}
