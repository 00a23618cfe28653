/** The sidebar: what is listed here and exists, the decisions and the generated reference. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DefaultTheme } from 'vitepress'
import { REPOSITORY } from './links.mjs'

type Item = DefaultTheme.SidebarItem
type Page = readonly [text: string, link: string]

const DOCS = fileURLToPath(new URL('..', import.meta.url))

const GUIDES: readonly Page[] = [
  ['Which API should I use?', '/guides/which-api'],
  ['Reconnecting', '/guides/reconnecting'],
  ['Back-pressure', '/guides/back-pressure'],
  ['Streams', '/guides/streams'],
  ['TLS and proxies', '/guides/tls-and-proxies'],
  ['Compression', '/guides/compression'],
  ['Testing', '/guides/testing'],
  ['Deployment', '/guides/deployment'],
  ['Performance', '/guides/performance'],
  ['Bundlers and frameworks', '/bundlers'],
  ['Command line', '/cli'],
]

const CHINESE_GUIDES: readonly Page[] = [
  ['該用哪個 API？', '/zh-TW/guides/which-api'],
  ['重新連線', '/zh-TW/guides/reconnecting'],
  ['背壓', '/zh-TW/guides/back-pressure'],
  ['串流', '/zh-TW/guides/streams'],
  ['TLS 與代理伺服器', '/zh-TW/guides/tls-and-proxies'],
  ['壓縮', '/zh-TW/guides/compression'],
  ['從 ws 與 undici 遷移', '/zh-TW/guides/migrating'],
  ['測試', '/zh-TW/guides/testing'],
  ['部署', '/zh-TW/guides/deployment'],
  ['效能', '/zh-TW/guides/performance'],
  ['打包工具與框架', '/zh-TW/guides/bundlers'],
  ['命令列', '/zh-TW/guides/cli'],
]

/** Returns the items of the pages that exist. */
function existing(pages: readonly Page[]): Item[] {
  return pages
    .filter(([, link]) => existsSync(join(DOCS, `${link}.md`)))
    .map(([text, link]) => ({ text, link }))
}

/** Returns an item for each record of a decision, named by its heading. */
function decisions(): Item[] {
  const files = readdirSync(join(DOCS, 'decisions')).filter((file) => /^\d{4}-.*\.md$/.test(file))
  return files.sort().map((file) => {
    const text = /^# (.*)/m.exec(readFileSync(join(DOCS, 'decisions', file), 'utf8'))?.[1] ?? file
    return { text, link: `/decisions/${file.replace(/\.md$/, '')}` }
  })
}

/** Returns what typedoc has listed. */
function reference(): Item[] {
  return JSON.parse(readFileSync(join(DOCS, 'reference', 'typedoc-sidebar.json'), 'utf8'))
}

/** Returns the items of files of the repository that are not pages, if they exist. */
function inRepository(files: readonly Page[]): Item[] {
  return files
    .filter(([, file]) => existsSync(join(DOCS, '..', file)))
    .map(([text, file]) => ({ text, link: `${REPOSITORY}/blob/main/${file}` }))
}

function english(): Item[] {
  return [
    {
      text: 'Start',
      items: existing([
        ['Quick start', '/quick-start'],
        ['Migrating', '/migrating'],
      ]),
    },
    { text: 'Guides', items: existing(GUIDES) },
    {
      text: 'Reference',
      items: [
        { text: 'API', link: '/api' },
        { text: 'Types', link: '/reference/', collapsed: true, items: reference() },
      ],
    },
    {
      text: 'Benchmarks',
      items: existing([
        ['All clients', '/benchmarks'],
        ['Compression', '/benchmarks-compression'],
      ]),
    },
    {
      text: 'Project',
      items: [
        ...existing([
          ['Interoperability', '/interoperability'],
          ['Architecture', '/architecture'],
        ]),
        ...inRepository([
          ['Contributing', 'CONTRIBUTING.md'],
          ['Releasing', 'RELEASING.md'],
          ['Security', 'SECURITY.md'],
          ['Changelog', 'CHANGELOG.md'],
        ]),
        { text: 'Decisions', link: '/decisions/', collapsed: true, items: decisions() },
      ],
    },
  ]
}

function chinese(): Item[] {
  return [
    { text: '開始', items: existing([['快速入門', '/zh-TW/quick-start']]) },
    { text: '指南', items: existing(CHINESE_GUIDES) },
    {
      text: '參考（英文）',
      items: existing([
        ['API', '/api'],
        ['打包工具與框架', '/bundlers'],
        ['命令列', '/cli'],
        ['效能測試', '/benchmarks'],
        ['架構', '/architecture'],
      ]),
    },
  ]
}

/** Returns the sidebar of each language. */
export function sidebarOf(): DefaultTheme.SidebarMulti {
  return { '/zh-TW/': chinese(), '/': english() }
}
