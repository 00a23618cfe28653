// Splits Rust source into tokens: identifiers, literals, `::` and single characters. Drops comments and lifetimes.

const COMMENT_OR_SPACE = /\s+|\/\/[^\n]*/y
const RAW_STRING = /(?:br|cr|r)(#*)".*?"\1/sy
const STRING = /[bc]?"(?:[^"\\]|\\.)*"/sy
const CHARACTER = /b?'(?:[^'\\\n]|\\(?:x[0-9a-fA-F]{2}|u\{[^}]*\}|.))'/suy
const LIFETIME = /'[\p{XID_Start}_][\p{XID_Continue}]*/uy
const IDENTIFIER = /(?:r#)?[\p{XID_Start}_][\p{XID_Continue}]*/uy
const NUMBER = /\d[\w]*(?:\.\d\w*)?/y

const LITERALS = [RAW_STRING, STRING, CHARACTER]

/** Returns the text that `pattern` matches at `at`, or undefined. */
function match(pattern, text, at) {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

/** Returns the end of the block comment that begins at `at`. Block comments nest. */
function skipBlockComment(text, at) {
  let depth = 0
  let end = at
  do {
    if (text.startsWith('/*', end)) depth += 1
    else if (text.startsWith('*/', end)) depth -= 1
    else {
      end += 1
      continue
    }
    end += 2
  } while (depth > 0 && end < text.length)
  return end
}

/** Reads the token at `at`. Without a kind, its text is dropped. */
function next(text, at) {
  const skipped = match(COMMENT_OR_SPACE, text, at)
  if (skipped) return { text: skipped }
  if (text.startsWith('/*', at)) return { text: text.slice(at, skipBlockComment(text, at)) }
  for (const pattern of LITERALS) {
    const literal = match(pattern, text, at)
    if (literal) return { text: literal, kind: 'literal' }
  }
  const lifetime = match(LIFETIME, text, at)
  if (lifetime) return { text: lifetime }
  const identifier = match(IDENTIFIER, text, at)
  if (identifier) return { text: identifier, kind: 'identifier' }
  const number = match(NUMBER, text, at)
  if (number) return { text: number, kind: 'literal' }
  if (text.startsWith('::', at)) return { text: '::', kind: 'punctuation' }
  return { text: text[at], kind: 'punctuation' }
}

/** Returns the tokens of a Rust source, each as `{ text, kind, line }`. */
export function tokenize(text) {
  const tokens = []
  let line = 1
  for (let at = 0; at < text.length; ) {
    const token = next(text, at)
    if (token.kind) tokens.push({ ...token, line })
    for (const character of token.text) if (character === '\n') line += 1
    at += token.text.length
  }
  return tokens
}
