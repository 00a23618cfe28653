// Links of the built site: pages, anchors and files of it exist, and so do the files of the repository.

import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { BASE, pages, SITE } from './site.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const REPOSITORY = 'https://github.com/websocket-rs/websocket-rs-node'

const all = pages().map((path) => path.replaceAll('\\', '/'))
const texts = new Map(all.map((path) => [path, readFileSync(join(SITE, path), 'utf8')]))

function attributes(path: string, names: string): string[] {
  const found = (texts.get(path) ?? '').matchAll(new RegExp(`\\s(?:${names})="([^"]*)"`, 'g'))
  return [...found].map(([, value = '']) => value.replaceAll('&amp;', '&'))
}

const anchors = new Map(all.map((path) => [path, new Set(attributes(path, 'id'))]))

/** Returns whether a file or folder of the repository exists, as the address on GitHub says. */
function isInRepository(link: string): boolean {
  const [, kind, path = ''] = /^\/(blob|tree)\/main\/([^#]*)/.exec(link.slice(REPOSITORY.length)) ?? []
  if (kind === undefined) return link === REPOSITORY
  const file = join(ROOT, decodeURI(path))
  return existsSync(file) && statSync(file).isDirectory() === (kind === 'tree')
}

/** Returns the file of the site that a link of a page leads to, or nothing. */
function targetOf(page: string, link: string): string | undefined {
  const [path = ''] = link.split('#')
  const absolute = path === '' ? BASE + page : posix.resolve(posix.dirname(BASE + page), decodeURI(path))
  if (!`${absolute}/`.startsWith(BASE)) return undefined
  const file = posix.join('.', `${absolute}/`.slice(BASE.length)).replace(/\/$/, '')
  return [file, `${file}.html`, posix.join(file, 'index.html')].find(
    (each) => existsSync(join(SITE, each)) && statSync(join(SITE, each)).isFile(),
  )
}

/** Returns what is wrong with a link of a page, or nothing. */
function faultOf(page: string, link: string): string | undefined {
  if (link.startsWith(REPOSITORY))
    return isInRepository(link) ? undefined : `${link} is not in the repository`
  if (/^(\w+:|\/\/)/.test(link)) return undefined
  const [, anchor = ''] = link.split('#')
  const target = targetOf(page, link)
  if (target === undefined) return `${link}: there is no such page`
  if (anchor === '' || !target.endsWith('.html')) return undefined
  return anchors.get(target)?.has(decodeURIComponent(anchor)) ? undefined : `${link}: no such anchor`
}

describe('links of the site', () => {
  test('are found', () => {
    expect(all.length).toBeGreaterThan(120)
    expect(faultOf('quick-start.html', `${BASE}api.html#options`)).toBeUndefined()
    expect(faultOf('quick-start.html', `${BASE}api.html#missing`)).toBeDefined()
    expect(faultOf('quick-start.html', `${BASE}missing.html`)).toBeDefined()
    expect(faultOf('quick-start.html', `${REPOSITORY}/blob/main/missing.md`)).toBeDefined()
  })

  test('lead to every page, from others', () => {
    const targets = all.map(
      (page) => [page, new Set(attributes(page, 'href').map((link) => targetOf(page, link)))] as const,
    )
    const isLinked = (page: string) => targets.some(([from, to]) => from !== page && to.has(page))
    expect(all.filter((page) => !isLinked(page) && page !== '404.html')).toEqual([])
  })

  test.each(all.map((path) => [path]))('of %s lead somewhere', (path) => {
    const faults = attributes(path, 'href|src').map((link) => faultOf(path, link))
    expect([...new Set(faults.filter(Boolean))]).toEqual([])
  })
})
