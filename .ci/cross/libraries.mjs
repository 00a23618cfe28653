// What a library must be to be published for a platform: of its format and architecture, small, and content with an old
// glibc or with no glibc at all. `libraries.mjs FILE...` checks files, whose names tell their platforms.

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { platforms } from '../platforms.mjs'

/** The limit of the design for one platform, in bytes. */
const MAX_BYTES = 5_000_000
/** The newest minor version of glibc that a library may need: that of CentOS 7. */
const MAX_GLIBC = 17

const MACHINES = {
  elf: { x64: 62, arm64: 183 },
  pe: { x64: 0x8664, arm64: 0xaa64 },
  macho: { x64: 0x0100_0007, arm64: 0x0100_000c },
}
const FORMATS = { linux: 'elf', win32: 'pe', darwin: 'macho' }

/** Returns the format of a library and the number that stands for its architecture. */
function identify(bytes) {
  if (bytes.length < 64) return {}
  if (bytes.readUInt32BE(0) === 0x7f45_4c46) return { format: 'elf', machine: bytes.readUInt16LE(18) }
  if (bytes.readUInt32LE(0) === 0xfeed_facf) return { format: 'macho', machine: bytes.readUInt32LE(4) }
  const header = bytes.readUInt32LE(0x3c)
  if (bytes.toString('latin1', 0, 2) !== 'MZ' || header + 6 > bytes.length) return {}
  return { format: 'pe', machine: bytes.readUInt16LE(header + 4) }
}

/** Returns the versions of glibc that a library names, by their minor numbers. */
function glibcVersions(bytes) {
  return [...bytes.toString('latin1').matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor))
}

/** Returns what is wrong with the library of a platform. */
export function problems(bytes, { name, conditions }) {
  const [os] = conditions.os
  const { format, machine } = identify(bytes)
  const glibc = glibcVersions(bytes)
  const newest = Math.max(0, ...glibc)
  const [libc] = conditions.libc ?? []
  return [
    (format !== FORMATS[os] || machine !== MACHINES[format]?.[conditions.cpu[0]]) &&
      `is no library for ${name}`,
    bytes.length > MAX_BYTES && `has ${bytes.length} bytes, more than ${MAX_BYTES}`,
    libc === 'glibc' && glibc.length === 0 && 'names no version of glibc',
    libc === 'glibc' && newest > MAX_GLIBC && `needs glibc 2.${newest}`,
    libc === 'musl' && glibc.length > 0 && `needs glibc 2.${newest}`,
  ].filter((problem) => problem !== false)
}

/** Checks the libraries; returns how many fail. */
function checkFiles(files) {
  let failed = 0
  for (const file of files) {
    const platform = platforms.find(({ library }) => library === basename(file))
    const bytes = readFileSync(file)
    const found = platform ? problems(bytes, platform) : ['has the name of no published library']
    for (const problem of found) console.error(`${file}: ${problem}`)
    if (found.length === 0) console.log(`${file}: ${bytes.length} bytes`)
    else failed += 1
  }
  return failed
}

if (import.meta.main ?? process.argv[1]?.endsWith('libraries.mjs'))
  process.exitCode = checkFiles(process.argv.slice(2)) > 0 ? 1 : 0
