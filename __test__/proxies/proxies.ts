// Third-party proxies: how each is started, and how it behaves.

import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configure, type Place, type Running, type Service } from '../support/service.js'

/** How a proxy rejects a request: an HTTP status, or the error code of a SOCKS reply. */
export type Rejection = { status: number } | { cause: { code: string } }

/** A proxy and its behaviour. */
export interface ProxyServer extends Service {
  /** Returns its URLs, one for each protocol, with or without `user:password@`. */
  urls(running: Running, credentials: string): string[]
  /** The rejections of missing and wrong credentials. If absent, the proxy needs none. */
  credentials?: { none: Rejection; wrong: Rejection }
  /** A target that its rules forbid, and the rejection. */
  denied?: { url: string; rejection: Rejection }
  /** The rejection of a target that refuses connections. */
  refused: Rejection
}

const file = (name: string) => new URL(`programs/${name}`, import.meta.url)
const socks = (code: string) => ({ cause: { code } })

/** Writes the password file, and makes the folder readable for the user that squid switches to. */
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
    denied: { url: 'ws://127.0.0.1:9', rejection: { status: 403 } },
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
    denied: { url: 'ws://denied.invalid', rejection: { status: 403 } },
    refused: { status: 500 },
  },
  {
    name: 'Dante',
    command: (place) => ['danted', '-f', configure(file('danted.conf'), place)],
    urls: ({ plain }) => ['socks4', 'socks4a', 'socks5', 'socks5h'].map((scheme) => `${scheme}://${plain}`),
    denied: { url: 'ws://127.0.0.1:9', rejection: socks('EACCES') },
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
