/** Tests which cases are run. */

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { COMPRESSED_CASES } from '../cases/index.js'
import { chosenCases, runsSome } from './settings.js'

const root = resolve(import.meta.dirname, '../..')
const names = (cases: readonly { name: string }[]) => cases.map(({ name }) => name)

afterEach(() => {
  vi.unstubAllEnvs()
})

test('by default, all cases but the compressed ones are run, which `make bench-compression` names', () => {
  const compressed = names(COMPRESSED_CASES)
  expect(names(chosenCases())).toEqual(expect.arrayContaining(['echo', 'process', 'servers']))
  expect(names(chosenCases()).filter((name) => compressed.includes(name))).toEqual([])
  const makefile = readFileSync(resolve(root, 'Makefile'), 'utf8')
  expect(/^COMPRESSED_CASES := (.*)$/m.exec(makefile)?.[1]?.split(',')).toEqual(compressed)
  expect(runsSome()).toBe(false)
})

test.each([
  ['CASES', 'tls,compressed'],
  ['CONTENDERS', 'bun'],
])('a run of some is partial: %s', (name, value) => {
  vi.stubEnv(name, value)
  expect(runsSome()).toBe(true)
  if (name === 'CASES') expect(names(chosenCases())).toEqual(['tls', 'compressed'])
})
