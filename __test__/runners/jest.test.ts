// Jest evaluates the package in a new vm context with new globals for each test file. In the environment jsdom, the global
// setTimeout returns a number, and there is no setImmediate.

import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { refusingAddress } from '../support/addresses.js'
import { peer } from '../support/peer.js'

const folder = new URL('../../.cache/runners/', import.meta.url)
const require = createRequire(new URL('package.json', folder))
const config = fileURLToPath(new URL('programs/jest/jest.config.cjs', import.meta.url))
const refused = `ws://${await refusingAddress()}`

/** The timeout of a test, in ms. Each runs one process of Jest. */
const LIMIT = 120_000

/** The parts of the report of Jest that are used. */
interface Report {
  numPassedTests: number
  testResults: { message: string; assertionResults: { title: string; status: string }[] }[]
}

/** Runs test files in one process of Jest. Returns the number of tests that passed, and the messages of the others. */
async function jest(environment: string, files: string[], fakes = ''): Promise<[number, string[]]> {
  const { NODE_OPTIONS, ...rest } = process.env
  const env = { ...rest, PEER: peer.ws, REFUSED: refused, FAKES: fakes }
  const args = [require.resolve('jest/bin/jest'), '--config', config, '--env', environment]
  const flags = ['--runInBand', '--no-cache', '--json', ...files]
  const { stdout } = await promisify(execFile)(process.execPath, [...args, ...flags], {
    env,
    timeout: LIMIT / 2,
  }).catch(
    // The exit code is 1 if a test fails; the report names it.
    (error: { stdout: string }) => error,
  )
  const { numPassedTests, testResults } = JSON.parse(stdout) as Report
  return [numPassedTests, testResults.map(({ message }) => message).filter((message) => message !== '')]
}

describe.each(['node', 'jsdom'])('Jest in the environment %s', { timeout: LIMIT }, (name) => {
  const environment = require.resolve(`jest-environment-${name}`)

  test('runs both APIs', async () => {
    expect(await jest(environment, ['both.test.cjs'])).toEqual([4, []])
  })

  test.each(['', 'early', 'legacy', 'early,legacy'])(
    'passes the scenario under fake timers: %s',
    async (fakes) => {
      expect(await jest(environment, ['fakes.test.cjs'], fakes)).toEqual([11, []])
    },
  )

  test('evaluates the package again: in a second file, and after resetModules', async () => {
    expect(await jest(environment, ['again.test.cjs', 'both.test.cjs'])).toEqual([6, []])
  })
})
