// puppeteer-core: drives Chromium, by a connection of its own and by one to a browser that runs already.

import { once } from 'node:events'
import { createServer } from 'node:http'
import puppeteer from 'puppeteer-core'

const PAGE = '<title>waiting</title><button onclick="document.title = &quot;clicked&quot;">go</button>'
const http = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(PAGE))
await once(http.listen(0, '127.0.0.1'), 'listening')

const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args, timeout: 60_000 })
const page = await browser.newPage()
await page.goto(`http://127.0.0.1:${http.address().port}`)
console.log(await page.title())
await page.click('button')
console.log(await page.title(), await page.evaluate(() => [1, 2].map((each) => each * 2)))
const image = await page.screenshot()
console.log(Buffer.from(image.subarray(1, 4)).toString())

const second = await puppeteer.connect({ browserWSEndpoint: browser.wsEndpoint() })
console.log(second.connected)
await second.disconnect()
await browser.close()
http.close()
