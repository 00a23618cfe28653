/** The built site: its pages, and a server for them. */

import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

export const SITE = fileURLToPath(new URL('../../build/docs', import.meta.url))

/** The path of the site on its server, as in docs/.vitepress/config.mts. */
export const BASE = '/websocket-rs-node/'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
}

/** Returns the HTML files of the site. */
export function pages(): string[] {
  return readdirSync(SITE, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.html'))
    .sort()
}

/** Serves the site as GitHub Pages does. Returns its URL. The server does not keep the process alive. */
export async function serveSite(): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const path = pathname.startsWith(BASE) ? normalize(decodeURI(pathname.slice(BASE.length))) : '..'
    const file = path === '.' || path.endsWith('/') ? join(path, 'index.html') : path
    try {
      if (file.startsWith('..')) throw new Error('outside of the site')
      const content = readFileSync(join(SITE, file))
      const type = TYPES[extname(file)] ?? 'application/octet-stream'
      response.writeHead(200, { 'content-type': type, 'cache-control': 'max-age=600' })
      response.end(content)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${BASE}`
}
