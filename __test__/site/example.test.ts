// The example that drives a browser, run against Chromium and a page of the site.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run, success } from '../support/program.js'
import { type Browser, startBrowser } from './browser.js'
import { SITE, serveSite } from './site.js'

const EXAMPLE = new URL('../../build/examples/browser.mjs', import.meta.url)

let browser: Browser
let site: string

beforeAll(async () => {
  ;[browser, site] = await Promise.all([startBrowser(), serveSite()])
}, 120_000)

afterAll(() => browser?.stop())

describe('browser', { timeout: 120_000 }, () => {
  test('prints the title and the number of links of a page, and writes a screenshot', async () => {
    const file = join(SITE, '..', 'example.png')
    expect(await run(EXAMPLE, [browser.devtools, `${site}quick-start.html`, file])).toEqual(
      success(
        expect.stringMatching(/^Quick start \| websocket-rs: \d{2,} links, screenshot in .*example\.png$/),
      ),
    )
    expect(readFileSync(file).subarray(1, 4).toString()).toBe('PNG')
  })
})
