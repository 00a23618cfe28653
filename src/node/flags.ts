/** The flags that Node was started with. */

function read(): string[] {
  const given = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)]
  return given.map((flag) =>
    flag.startsWith('--') ? flag.replace(/^[^=]*/, (name) => name.replaceAll('_', '-')) : flag,
  )
}

let flags: readonly string[] | undefined

/** Returns the flags of the command line and of `NODE_OPTIONS`. Node accepts `_` for `-` in names; the result has `-`. */
export function nodeFlags(): readonly string[] {
  flags ??= read()
  return flags
}
