// Tests of the check of libraries, each on bytes that stand for one.

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

import { platforms } from '../platforms.mjs'
import { problems } from './libraries.mjs'

const platform = (name) => platforms.find((each) => each.name === name)

/** The start of an ELF file of a machine, with these names in it. */
function elf(machine, ...names) {
  const bytes = Buffer.alloc(200)
  bytes.write('\x7fELF', 'latin1')
  bytes.writeUInt16LE(machine, 18)
  bytes.write(names.join('\0'), 64, 'latin1')
  return bytes
}

function pe(machine) {
  const bytes = Buffer.alloc(200)
  bytes.write('MZ')
  bytes.writeUInt32LE(0x80, 0x3c)
  bytes.writeUInt16LE(machine, 0x84)
  return bytes
}

function macho(machine) {
  const bytes = Buffer.alloc(200)
  bytes.writeUInt32LE(0xfeed_facf)
  bytes.writeUInt32LE(machine, 4)
  return bytes
}

describe('problems()', () => {
  it.each([
    ['linux-x64-gnu', elf(62, 'GLIBC_2.2.5', 'GLIBC_2.17')],
    ['linux-arm64-gnu', elf(183, 'GLIBC_2.17')],
    ['linux-x64-musl', elf(62, 'libc.so')],
    ['win32-x64-msvc', pe(0x8664)],
    ['darwin-arm64', macho(0x0100_000c)],
  ])('finds none in a library for %s', (name, bytes) => {
    expect(problems(bytes, platform(name))).toEqual([])
  })

  it.each([
    ['another architecture', 'linux-x64-musl', elf(183), 'is no library for linux-x64-musl'],
    ['another format', 'darwin-x64', elf(62), 'is no library for darwin-x64'],
    ['no library', 'win32-x64-msvc', Buffer.from('text'), 'is no library for win32-x64-msvc'],
    ['a glibc that is too new', 'linux-x64-gnu', elf(62, 'GLIBC_2.9', 'GLIBC_2.18'), 'needs glibc 2.18'],
    ['no glibc', 'linux-x64-gnu', elf(62), 'names no version of glibc'],
    ['glibc instead of musl', 'linux-x64-musl', elf(62, 'GLIBC_2.14'), 'needs glibc 2.14'],
    [
      'too many bytes',
      'linux-x64-musl',
      Buffer.concat([elf(62), Buffer.alloc(5_000_000)]),
      'has 5000200 bytes, more than 5000000',
    ],
  ])('finds %s', (_, name, bytes, problem) => {
    expect(problems(bytes, platform(name))).toEqual([problem])
  })

  it('knows the format of the library of this platform', () => {
    const file = readdirSync('native').find((name) => name.endsWith('.node'))
    const found = problems(
      readFileSync(`native/${file}`),
      platforms.find(({ library }) => library === file),
    )
    // A debug build is large, and the glibc is that of this machine.
    expect(found.filter((problem) => problem.startsWith('is no library'))).toEqual([])
  })
})
