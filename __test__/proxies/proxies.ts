// Other people's proxies: how each is started, and what it does.

import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configure, type Place, type Running, type Service } from '../support/service.js'

/** How a proxy refuses: with a status, or a code of SOCKS. */
export type Refusal = { status: number } | { cause: { code: string } }

/** A proxy, and what it does. */
export interface ProxyServer extends Service {
  /** Its URLs, one for each way it speaks, with or without `user:password@`. */
  urls(running: Running, credentials: string): string[]
  /** What it says to none, and to wrong credentials; without, it takes everybody. */
  credentials?: { none: Refusal; wrong: Refusal }
  /** A target that its rules forbid, and what it says to that. */
  denied?: { url: string; refusal: Refusal }
  /** What it says where nobody listens. */
  refused: Refusal
}

const file = (name: string) => new URL(`programs/${name}`, import.meta.url)
const socks = (code: string) => ({ cause: { code } })

/** A password file, and a folder that squid can read as the user it makes itself. */
function prepareSquid(place: Place): void {
  const hash = execFileSync('openssl', ['passwd', '-apr1', 'secret'], { encoding: 'utf8' })
  writeFileSync(join(place.folder, 'passwords'), `user:${hash}`)
  chmodSync(place.folder, 0o755)
  chmodSync(join(place.folder, 'server.key'), 0o644)
}

export const proxies: ProxyServer[] = [
  {
    name: 'squid',
    command(place) {
      prepareSquid(place)
      return ['squid', '-N', '-f', configure(file('squid.conf'), place)]
    },
    urls: ({ plain, tls }, user) => [`http://${user}${plain}`, `https://${user}${tls}`],
    credentials: { none: { status: 407 }, wrong: { status: 407 } },
    denied: { url: 'ws://127.0.0.1:9', refusal: { status: 403 } },
    refused: { status: 503 },
  },
  {
    name: 'tinyproxy',
    command(place) {
      writeFileSync(join(place.folder, 'filter'), 'denied\\.invalid\n')
      return ['tinyproxy', '-d', '-c', configure(file('tinyproxy.conf'), place)]
    },
    urls: ({ plain }, user) => [`http://${user}${plain}`],
    credentials: { none: { status: 407 }, wrong: { status: 401 } },
    denied: { url: 'ws://denied.invalid', refusal: { status: 403 } },
    refused: { status: 500 },
  },
  {
    name: 'Dante',
    command: (place) => ['danted', '-f', configure(file('danted.conf'), place)],
    urls: ({ plain }) => ['socks4', 'socks4a', 'socks5', 'socks5h'].map((scheme) => `${scheme}://${plain}`),
    denied: { url: 'ws://127.0.0.1:9', refusal: socks('EACCES') },
    refused: socks('ECONNREFUSED'),
  },
  {
    name: 'microsocks',
    command: ({ port }) => ['microsocks', '-i', '127.0.0.1', '-p', `${port}`, '-u', 'user', '-P', 'secret'],
    urls: ({ plain }, user) => ['socks5', 'socks5h'].map((scheme) => `${scheme}://${user}${plain}`),
    credentials: { none: { status: 0 }, wrong: { status: 0 } },
    refused: socks('ECONNREFUSED'),
  },
]
