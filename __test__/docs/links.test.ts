// Links between the Markdown files of the repository, as GitHub resolves them: files and headings exist.

import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { documents, read } from './snippets.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const files = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md') && !name.startsWith('README')),
  ...documents(),
  ...['bench', 'examples', '__test__'].map((folder) => `${folder}/README.md`),
]

/** Returns a text without code blocks and comments, in which nothing is a link or a heading. */
function prose(path: string): string {
  return read(path)
    .replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '')
    .replaceAll(/<!--[\s\S]*?-->/g, '')
}

/** Returns the anchors of the headings, by GitHub's rule. */
function anchorsOf(path: string): Set<string> {
  const seen = new Map<string, number>()
  const anchors = [...prose(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    const slug = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    return count === 0 ? slug : `${slug}-${count}`
  })
  return new Set(anchors)
}

/** Returns what is wrong with a link, or nothing. */
function faultOf(from: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? from : normalize(join(dirname(from), decodeURI(path)))
  if (!existsSync(join(ROOT, target))) return `${link}: there is no ${target}`
  if (anchor === undefined || !target.endsWith('.md')) return undefined
  return anchorsOf(target).has(decodeURI(anchor)) ? undefined : `${link}: ${target} has no such heading`
}

describe('links', () => {
  test.each(files.map((file) => [file]))('of %s lead somewhere', (file) => {
    const text = prose(file).replaceAll(/`[^`\n]*`/g, '')
    const links = [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, link = '']) => link)
    const own = links.filter((link) => !/^[a-z+]+:|^\//.test(link))
    expect(own.map((link) => faultOf(file, link)).filter(Boolean)).toEqual([])
  })

  test('are found', () => {
    expect(files.length).toBeGreaterThan(70)
    expect(faultOf('README.md', 'docs/api.md#options')).toBeUndefined()
    expect(faultOf('README.md', 'docs/api.md#no-options')).toBeDefined()
    expect(faultOf('README.md', 'docs/missing.md')).toBeDefined()
  })
})
