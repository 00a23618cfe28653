// Every page of the site in Chromium: no errors, nothing wider than the window; screenshots in build/screenshots.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Browser, startBrowser } from './browser.js'
import { pages, serveSite } from './site.js'

const SCREENSHOTS = fileURLToPath(new URL('../../build/screenshots', import.meta.url))
const WIDTHS = [
  ['wide', 1440, 900],
  ['narrow', 375, 812],
] as const

let browser: Browser
let site: string

beforeAll(async () => {
  rmSync(SCREENSHOTS, { recursive: true, force: true })
  ;[browser, site] = await Promise.all([startBrowser(), serveSite()])
}, 120_000)

afterAll(() => browser?.stop())

/** Opens a page and waits until its scripts run. */
async function open(path: string): Promise<void> {
  browser.page.faults.length = 0
  await browser.page.open(site + path)
  // VitePress has taken over the page when its app is mounted.
  await browser.page.until("document.querySelector('#app')?.__vue_app__ !== undefined")
}

async function shoot(name: string): Promise<void> {
  const file = join(SCREENSHOTS, `${name}.png`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, await browser.page.screenshot())
}

/** The elements that stick out of the window, unless a box around them scrolls. */
const WIDER = `(() => {
  const scrolls = (element) => {
    for (let each = element; each !== document.body; each = each.parentElement)
      if (/auto|scroll|hidden/.test(getComputedStyle(each).overflowX)) return true
    return false
  }
  return [...document.querySelectorAll('.VPContent *')]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !scrolls(element))
    .map((element) => element.outerHTML.slice(0, 120))
})()`

describe('a page', { timeout: 120_000 }, () => {
  test.each(pages().filter((path) => path !== '404.html'))(
    '%s opens without errors, and fits',
    async (path) => {
      await browser.page.resize(1440, 900)
      await open(path)
      for (const [name, width, height] of WIDTHS) {
        await browser.page.resize(width, height)
        await shoot(`${name}/${path.replace(/\.html$/, '')}`)
        expect(await browser.page.evaluate(WIDER)).toEqual([])
      }
      expect(browser.page.faults).toEqual([])
    },
  )

  test('that does not exist is reported', async () => {
    await open('404.html')
    await browser.page.open(`${site}missing.html`)
    expect(browser.page.faults.join()).toContain('404')
  })

  test('with an error in its console is reported', async () => {
    await open('quick-start.html')
    await browser.page.evaluate("console.error('broken')")
    await browser.page.evaluate("setTimeout(() => { throw new Error('uncaught') })")
    await expect.poll(() => browser.page.faults.join()).toMatch(/broken.*uncaught/)
  })

  test('that is wider than the window is reported', async () => {
    await open('quick-start.html')
    await browser.page.evaluate(`(() => {
      const wide = document.createElement('div')
      wide.style.width = '3000px'
      document.querySelector('.vp-doc > div').append(wide)
    })()`)
    expect(await browser.page.evaluate(WIDER)).toHaveLength(1)
  })
})

describe('the site', { timeout: 120_000 }, () => {
  test.each(['index', 'quick-start', 'zh-TW/guides/which-api'])('has a dark mode: %s', async (path) => {
    const features = [{ name: 'prefers-color-scheme', value: 'dark' }]
    await browser.page.call('Emulation.setEmulatedMedia', { features })
    await browser.page.resize(1440, 900)
    await open(`${path}.html`)
    await shoot(`dark/${path}`)
    expect(await browser.page.evaluate("document.documentElement.classList.contains('dark')")).toBe(true)
    await browser.page.call('Emulation.setEmulatedMedia', { features: [] })
  })

  test.each([
    ['quick-start.html', 'receiveQueue'],
    ['zh-TW/quick-start.html', '背壓'],
    ['zh-TW/quick-start.html', '憑證'],
  ])('finds from %s what is searched for: %s', async (path, text) => {
    await browser.page.resize(1440, 900)
    await open(path)
    await browser.page.evaluate("document.querySelector('#local-search button').click()")
    await browser.page.until("document.querySelector('#localsearch-input') !== null")
    await browser.page.evaluate(`(() => {
      const input = document.querySelector('#localsearch-input')
      input.value = ${JSON.stringify(text)}
      input.dispatchEvent(new Event('input', { bubbles: true }))
    })()`)
    await browser.page.until("document.querySelector('.VPLocalSearchBox .result') !== null")
    await shoot(`search/${text}`)
    expect(browser.page.faults).toEqual([])
  })

  test('leads from one language to the other', async () => {
    await open('guides/which-api.html')
    const links = await browser.page.evaluate<string[]>('[...document.links].map(({ href }) => href)')
    expect(links).toContain(`${site}zh-TW/`)
  })
})
