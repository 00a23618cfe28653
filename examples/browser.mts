/**
 * A browser driven over the Chrome DevTools Protocol: opens a page, prints its title and its links, and takes a screenshot.
 *
 *     chromium --headless --remote-debugging-port=9222
 *     node build/examples/browser.mjs http://127.0.0.1:9222 https://example.com page.png
 */

import { writeFileSync } from 'node:fs'
import { type Connection, connect } from 'websocket-rs'

/** A message of the browser: the response to a command, or an event. */
interface Incoming {
  id?: number
  result?: unknown
  error?: { message: string }
  method?: string
  sessionId?: string
}

interface Pending {
  resolve(result: unknown): void
  reject(error: Error): void
}

/** Commands and events of one browser, over one connection. */
class Browser {
  readonly #ws: Connection
  readonly #pending = new Map<number, Pending>()
  readonly #events = new Map<string, () => void>()
  #last = 0

  constructor(ws: Connection) {
    this.#ws = ws
    void this.#receive()
  }

  /** Sends a command, to a page if a session is given, and returns its result. */
  call<Result>(method: string, params: object = {}, sessionId?: string): Promise<Result> {
    this.#last += 1
    const id = this.#last
    return new Promise<Result>((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as Pending['resolve'], reject })
      // An undefined session is left out of the JSON. If the connection is lost, `#receive` rejects the command.
      void this.#ws.sendJSON({ id, method, params, sessionId })
    })
  }

  /** Waits for the next event of this name. */
  event(method: string): Promise<void> {
    return new Promise((resolve) => {
      this.#events.set(method, resolve)
    })
  }

  async #receive(): Promise<void> {
    try {
      for await (const message of this.#ws.json<Incoming>()) this.#handle(message)
    } catch {
      // `closed` has the error.
    }
    const { error = new Error('the browser closed the connection') } = await this.#ws.closed
    for (const { reject } of this.#pending.values()) reject(error)
  }

  #handle({ id, result, error, method }: Incoming): void {
    if (id === undefined) {
      this.#events.get(method ?? '')?.()
      return
    }
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (error === undefined) pending?.resolve(result)
    else pending?.reject(new Error(error.message))
  }
}

const [devtools = 'http://127.0.0.1:9222', page = 'about:blank', file = 'page.png'] = process.argv.slice(2)
const response = await fetch(new URL('/json/version', devtools))
const { webSocketDebuggerUrl } = (await response.json()) as { webSocketDebuggerUrl: string }

await using ws = await connect(webSocketDebuggerUrl)
const browser = new Browser(ws)
const { targetId } = await browser.call<{ targetId: string }>('Target.createTarget', { url: 'about:blank' })
const attach = { targetId, flatten: true }
const { sessionId } = await browser.call<{ sessionId: string }>('Target.attachToTarget', attach)

await browser.call('Page.enable', {}, sessionId)
const loaded = browser.event('Page.loadEventFired')
await browser.call('Page.navigate', { url: page }, sessionId)
await loaded

const expression = '({ title: document.title, links: [...document.links].map(({ href }) => href) })'
const evaluated = await browser.call<{ result: { value: { title: string; links: string[] } } }>(
  'Runtime.evaluate',
  { expression, returnByValue: true },
  sessionId,
)
const { title, links } = evaluated.result.value
const { data } = await browser.call<{ data: string }>('Page.captureScreenshot', {}, sessionId)
writeFileSync(file, Buffer.from(data, 'base64'))
await browser.call('Target.closeTarget', { targetId })
console.log(`${title}: ${links.length} links, screenshot in ${file}`)
