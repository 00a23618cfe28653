// puppeteer-core with Debian's Chromium: see programs.test.ts.

import { test } from 'vitest'
import { compare, TIMEOUT } from './programs.js'

/** Where Debian's package has it. There is none for other systems. */
const CHROMIUM = '/usr/bin/chromium'

test.skipIf(process.platform !== 'linux')(
  'puppeteer drives a browser over this package',
  { timeout: TIMEOUT + 5000 },
  () => compare('puppeteer.mjs', ['waiting', 'clicked [ 2, 4 ]', 'PNG', 'true'], 2, { CHROMIUM }),
)
