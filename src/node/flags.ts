/** What Node was started with. */

/** The flags of Node's command line and of `NODE_OPTIONS`, with the dashes that their names may have underscores for. */
export function nodeFlags(): string[] {
  const given = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)]
  return given.map((flag) =>
    flag.startsWith('--') ? flag.replace(/^[^=]*/, (name) => name.replaceAll('_', '-')) : flag,
  )
}
