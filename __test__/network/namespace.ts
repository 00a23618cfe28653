/**
 * A peer behind a link of its own, which can be broken: a network namespace, joined to this one by a pair of
 * virtual devices. Needs Linux, `ip` and `tc` of iproute2, and root or a `sudo` that asks nothing.
 */

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const folder = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../target', import.meta.url))
const AS_ROOT = process.getuid?.() === 0 ? [] : ['sudo', '-n']

/** Runs a command as root. */
function run(...command: string[]): void {
  const [program = '', ...args] = [...AS_ROOT, ...command]
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

/** A link that was made, and who is at its other end. */
export interface Link {
  /** `ws://address:port` of the peer. */
  ws: string
  /** A port of the peer's address at which nobody listens. */
  refusing: string
  /** Nothing of the peer's arrives any more, and nobody is told. */
  breakDown(): void
  /** Everything arrives again. */
  heal(): void
  /** So many bits arrive in a second, with so much delay at the most in ms; undone by `heal`. */
  slowDown(bits: number, delay: number): void
  /** Ends all TCP connections at the peer's end with RST, as a rebooted machine does. */
  reset(): void
  remove(): void
}

/** Makes a link. */
export async function makeLink(): Promise<Link> {
  const name = `wsrs-${process.pid}`
  const outer = `wo${process.pid}`
  const inner = `wi${process.pid}`
  const net = `10.213.${process.pid % 250}`
  const inside = (...command: string[]) => run('ip', 'netns', 'exec', name, ...command)
  run('ip', 'netns', 'add', name)
  try {
    run('ip', 'link', 'add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', name)
    run('ip', 'address', 'add', `${net}.1/30`, 'dev', outer)
    run('ip', 'link', 'set', outer, 'up')
    inside('ip', 'address', 'add', `${net}.2/30`, 'dev', inner)
    inside('ip', 'link', 'set', inner, 'up')
  } catch (error) {
    run('ip', 'netns', 'del', name)
    throw error
  }
  const peer = [
    'ip',
    'netns',
    'exec',
    name,
    `${folder}/release/websocket-rs-peer`,
    '--host',
    `${net}.2`,
    '--no-tls',
  ]
  const [program = '', ...args] = [...AS_ROOT, ...peer]
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const heal = () => {
    inside('ip', 'route', 'flush', 'type', 'blackhole')
    // There may be none.
    inside('sh', '-c', `tc qdisc del dev ${inner} root 2>/dev/null || true`)
  }
  return {
    ws: (JSON.parse(String(line)) as { ws: string }).ws,
    refusing: `ws://${net}.2:9`,
    breakDown: () => inside('ip', 'route', 'add', 'blackhole', `${net}.1/32`),
    heal,
    slowDown: (bits, delay) =>
      inside(
        ...['tc', 'qdisc', 'replace', 'dev', inner, 'root', 'tbf'],
        ...['rate', `${bits}bit`, 'burst', '16kb', 'latency', `${delay}ms`],
      ),
    reset: () => inside('ss', '-K', 'dst', `${net}.1`),
    remove: () => {
      child.stdin.end()
      child.kill()
      run('ip', 'netns', 'del', name)
    },
  }
}
