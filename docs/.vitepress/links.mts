/** Links of the Markdown files, which GitHub renders as well, made to work on the site. */

import { existsSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MarkdownOptions } from 'vitepress'

/** The renderer of pages. */
export type Markdown = Parameters<NonNullable<MarkdownOptions['config']>>[0]

export const REPOSITORY = 'https://github.com/websocket-rs/websocket-rs-node'

const DOCS = fileURLToPath(new URL('..', import.meta.url))
const ROOT = join(DOCS, '..')

/** Returns the address of a file of the repository that is not a page of the site. */
function repositoryLink(path: string, anchor: string): string {
  const kind = existsSync(path) && statSync(path).isDirectory() ? 'tree' : 'blob'
  return `${REPOSITORY}/${kind}/main/${relative(ROOT, path)}${anchor}`
}

/** Returns the link for the site: that of an index for a README, that of the repository for what is not in docs/. */
function siteLink(href: string, page: string): string {
  if (/^(\w+:|#|\/)/.test(href)) return href
  const [, file = '', anchor = ''] = /^([^#]*)(#.*)?$/.exec(href) ?? []
  const target = join(dirname(join(DOCS, page)), decodeURI(file))
  if (!target.startsWith(DOCS)) return repositoryLink(target, anchor)
  return href.replace(/\bREADME\.md/, 'index.md')
}

/** Has a renderer rewrite the links of each page. */
export function linkToRepository(markdown: Markdown): void {
  markdown.core.ruler.push('repository-links', ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null
      if (href !== null) token.attrSet('href', siteLink(href, env.relativePath ?? ''))
    }
  })
}
