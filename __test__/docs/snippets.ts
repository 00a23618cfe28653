/** Programs in Markdown files: the code blocks of README.md and docs/, and what the comment before each says about it. */

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = new URL('../../', import.meta.url)

/** A code block. */
export interface Block {
  /** The file and the line of the block, such as `docs/api.md:196`. */
  place: string
  language: string
  code: string
  /** What the comment before the block says: `<!-- snippet: DIRECTIVE -->`. */
  directive: string
}

/** Files whose programs other tests run. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'docs/bundlers.md': 'not run: files of its recipes, which __test__/bundlers runs with the tools',
}

/** Returns the Markdown files with programs, relative to the repository. Generated folders are not among them. */
export function documents(): string[] {
  const pages = readdirSync(new URL('docs/', ROOT), { recursive: true, encoding: 'utf8' })
    .map((path) => `docs/${path.replaceAll('\\', '/')}`)
    .filter((path) => /^docs\/(?!node_modules|reference|\.vitepress).*\.md$/.test(path))
  const root = readdirSync(ROOT).filter((path) => /^README.*\.md$/.test(path))
  return [...root, ...pages].sort()
}

/** Returns the text of a file of the repository. */
export function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(path, ROOT)), 'utf8')
}

/** Returns the code blocks of a file. */
export function blocksOf(path: string): Block[] {
  const text = read(path)
  const fences = text.matchAll(/(?:<!-- snippet: (.*?) -->\n)?^( *)```(\w+)\n([\s\S]*?)^\2```$/gm)
  return [...fences].map(({ index, 1: directive = '', 2: indent = '', 3: language = '', 4: code = '' }) => {
    const start = index + (directive === '' ? 0 : directive.length + '<!-- snippet:  -->\n'.length)
    return {
      place: `${path}:${text.slice(0, start).split('\n').length}`,
      language,
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      directive: ELSEWHERE[path] ?? directive,
    }
  })
}

/** Returns the blocks that are programs in JavaScript or TypeScript. Programs that occur twice are returned once. */
export function programs(): Block[] {
  const all = documents()
    .flatMap(blocksOf)
    .filter(({ language }) => /^[cm]?[jt]s$/.test(language))
  return [...new Map(all.map((block) => [block.directive + block.code, block])).values()]
}
