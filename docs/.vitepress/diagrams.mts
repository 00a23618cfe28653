/** Diagrams in Mermaid, which GitHub draws. On the site a link leads there: the library has 200 MB, for one diagram. */

import { type Markdown, REPOSITORY } from './links.mjs'

/** Has a renderer replace each diagram by a link to the page on GitHub. */
export function linkToDiagrams(markdown: Markdown): void {
  const { fence } = markdown.renderer.rules
  markdown.renderer.rules.fence = (tokens, index, options, env, self) => {
    if (tokens[index]?.info.trim() !== 'mermaid') return fence?.(tokens, index, options, env, self) ?? ''
    const page = `${REPOSITORY}/blob/main/docs/${env.relativePath}`
    return `<p><a href="${page}" target="_blank" rel="noreferrer">The diagram, drawn on GitHub</a></p>`
  }
}
