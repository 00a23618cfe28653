// Tests of the workflows, as far as they can be checked without running them: references lead somewhere, and platforms are
// those that are published.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'

import { manifest, platforms } from './platforms.mjs'

const FOLDER = '.github/workflows'
const workflows = Object.fromEntries(
  readdirSync(FOLDER).map((file) => [file, load(readFileSync(`${FOLDER}/${file}`, 'utf8'))]),
)
const jobs = Object.entries(workflows).flatMap(([file, { jobs }]) =>
  Object.entries(jobs).map(([name, job]) => ({ file, name, job, siblings: Object.keys(jobs) })),
)
const steps = jobs.flatMap(({ job, file, name }) =>
  (job.steps ?? []).map((step) => ({ step, where: `${file}, ${name}` })),
)
const commands = steps.filter(({ step }) => step.run !== undefined)
const targets = [...readFileSync('Makefile', 'utf8').matchAll(/^([a-z-]+):/gm)].map(([, name]) => name)

/** Returns the artifacts that the jobs of a file upload, or that a name or pattern of a download may mean. */
function artifacts(file, action) {
  return jobs
    .filter((each) => each.file === file)
    .flatMap(({ job }) => job.steps ?? [])
    .filter(({ uses }) => uses?.startsWith(`actions/${action}-artifact@`))
    .map(({ with: { name, pattern } }) => name ?? pattern)
}

describe.each(jobs)('$file, $name', ({ job, siblings, file }) => {
  it('needs jobs that exist', () => {
    expect(siblings).toEqual(expect.arrayContaining([job.needs ?? []].flat()))
  })

  it('has permissions, and a limit of time if it runs by itself', () => {
    expect(job.permissions).toBeDefined()
    expect(job.uses === undefined ? job['timeout-minutes'] : 1).toBeGreaterThan(0)
    expect(workflows[file].permissions).toEqual({})
  })
})

it('pins each action to a commit', () => {
  const used = [...jobs.map(({ job }) => job.uses), ...steps.map(({ step }) => step.uses)].filter(Boolean)
  const loose = used.filter((action) => !/@[0-9a-f]{40}$/.test(action) && !existsSync(action))
  expect(used.length).toBeGreaterThan(20)
  expect(loose).toEqual([])
})

it('runs targets of make, scripts of npm and files that exist', () => {
  for (const { step, where } of commands) {
    for (const [, target] of step.run.matchAll(/\bmake ([a-z-]+)/g)) expect(targets, where).toContain(target)
    for (const [, script] of step.run.matchAll(/\bnpm run ([a-z:-]+)/g))
      expect(Object.keys(manifest.scripts), where).toContain(script)
    for (const [path] of step.run.matchAll(/(?<![\w/])\.ci\/[\w./-]+/g))
      expect(existsSync(path), path).toBe(true)
  }
})

it('makes targets of the nightly matrix', () => {
  expect(targets).toEqual(expect.arrayContaining(workflows['nightly.yml'].jobs.long.strategy.matrix.target))
})

describe('ci.yml', () => {
  const { build, test } = workflows['ci.yml'].jobs

  it('builds each platform that is published', () => {
    const built = build.strategy.matrix.include.map(({ target }) => target)
    expect(built).toEqual(platforms.map(({ target }) => target))
  })

  it('tests on platforms that are built', () => {
    const tested = test.strategy.matrix.platform.map(({ target }) => target)
    expect(platforms.map(({ target }) => target)).toEqual(expect.arrayContaining(tested))
  })

  it('downloads what it uploads', () => {
    const uploaded = artifacts('ci.yml', 'upload')
    expect(uploaded.sort()).toEqual(['declarations', `native-\${{ matrix.target }}`])
    for (const name of artifacts('ci.yml', 'download')) expect(name).toMatch(/^(native-|declarations$)/)
  })
})

describe('release.yml', () => {
  const { ci, publish, installed, 'installed-musl': musl } = workflows['release.yml'].jobs

  it('publishes after the tests, from a protected environment and without a stored token', () => {
    expect(ci.uses).toBe('./.github/workflows/ci.yml')
    expect(workflows['ci.yml'].on).toHaveProperty('workflow_call')
    expect(publish.environment).toBe('npm')
    expect(publish.permissions).toEqual({ contents: 'read', 'id-token': 'write' })
    expect(JSON.stringify(workflows['release.yml'])).not.toContain('secrets.')
    const others = jobs.filter(({ job }) => job !== publish)
    const identified = others.filter(({ job }) => 'id-token' in job.permissions)
    // Pages needs a token as well. npm trusts neither this workflow nor its environment.
    expect(identified.map(({ file, job }) => [file, job.environment?.name])).toEqual([
      ['pages.yml', 'github-pages'],
    ])
  })

  it('installs what was published on each platform', () => {
    const names = [...installed.strategy.matrix.include, ...musl.strategy.matrix.include].map(
      ({ platform }) => platform,
    )
    expect(names.sort()).toEqual(platforms.map(({ name }) => name).sort())
    expect([installed.needs, musl.needs]).toEqual(['publish', 'publish'])
  })

  it('publishes the files that were packed', () => {
    expect(artifacts('release.yml', 'upload')).toEqual(['packages'])
    expect(artifacts('release.yml', 'download')).toEqual(['native-*', 'declarations', 'packages'])
  })
})
