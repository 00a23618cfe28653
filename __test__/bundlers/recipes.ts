/** The recipes of docs/bundlers.md: the files and the commands of each section. */

import { readFileSync } from 'node:fs'

/** A section that has commands. */
export interface Recipe {
  title: string
  /** The contents of files, by their names. */
  files: Record<string, string>
  /** The commands, for bash. */
  commands: string
}

const DOCUMENT = new URL('../../docs/bundlers.md', import.meta.url)

/** A block of code, with its language. */
const BLOCK = /^```(\w+)\n(.*?)^```$/gms
/** The first line of a block that is the content of a file. */
const NAME = /^\/\/ (\S+)\n/

/** Returns the recipe of a section. Comments are not part of JSON. */
function recipe(title: string, section: string): Recipe {
  const blocks = [...section.matchAll(BLOCK)].map(([, language, code]) => ({
    language,
    code: code as string,
  }))
  const files = blocks.flatMap(({ language, code }) => {
    const [line, name] = NAME.exec(code) ?? []
    return name === undefined ? [] : [[name, language === 'json' ? code.slice(line?.length) : code]]
  })
  const commands = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code)
  return { title, files: Object.fromEntries(files), commands: commands.join('') }
}

/** Reads the recipes, in their order. Sections without a command are left out. */
export function readRecipes(): Recipe[] {
  return readFileSync(DOCUMENT, 'utf8')
    .split(/^(?=###? )/m)
    .map((section) => recipe(/^#+ (.*)/.exec(section)?.[1] ?? '', section))
    .filter(({ commands }) => commands !== '')
}

/** Reads the versions of tools from the table, by their links. */
export function readVersions(): Record<string, string> {
  const rows = readFileSync(DOCUMENT, 'utf8').matchAll(/^\| \[(.*?)\]\(#[^)]*\) \| ([^|]*) \|/gm)
  return Object.fromEntries([...rows].map(([, tool, version]) => [tool, version]))
}
