// What documents say about the version and about its being published. `version.mjs` changes it with the version.

/** The sentence that says the version, in the documents that have one: how it is found, and how it reads once published. */
const SENTENCES = {
  'README.md': {
    pattern: /^Version \d[\w.-]*\w(?:, not published yet)?\. /m,
    sentence: (version) => `Version ${version}. `,
  },
  'README.zh-TW.md': { pattern: /^\d[\w.-]* 版(?:，尚未發布)?。/m, sentence: (version) => `${version} 版。` },
}

/** What is true until the first release only: comments of a command, and paragraphs. */
const UNPUBLISHED = {
  'README.md': / +# not published yet: .*/g,
  'README.zh-TW.md': / +# 尚未發布：.*/g,
  'docs/quick-start.md': /^The package is not published yet: .*\n\n/gm,
  'docs/zh-TW/quick-start.md': /^這個套件尚未發布：.*\n\n/gm,
}

/** Returns the documents that change when a version is published, with their new texts. */
export function publishedDocuments(read, version) {
  const texts = {}
  for (const [file, note] of Object.entries(UNPUBLISHED)) texts[file] = read(file).replace(note, '')
  for (const [file, { pattern, sentence }] of Object.entries(SENTENCES)) {
    if (!pattern.test(texts[file])) throw new Error(`${file} does not say the version`)
    texts[file] = texts[file].replace(pattern, sentence(version))
  }
  return Object.fromEntries(Object.entries(texts).filter(([file, text]) => text !== read(file)))
}
