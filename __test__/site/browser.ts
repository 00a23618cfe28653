/** A headless Chromium, driven over the Chrome DevTools Protocol by the client under test. */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Connection, connect } from 'websocket-rs'

/** An event of the browser, or the response to a command. */
interface Incoming {
  id?: number
  method?: string
  params?: Record<string, unknown>
  result?: unknown
  error?: { message: string }
}

/** Deadline of a command or an event, in ms. */
const PATIENCE = 60_000

/** Returns the value, or rejects after the deadline with what was waited for. */
async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${PATIENCE} ms`)), PATIENCE)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** A page of the browser. */
export class Page {
  /** What the page has reported: errors of its console, exceptions, and responses that are not successful. */
  readonly faults: string[] = []
  readonly #ws: Connection
  readonly #sessionId: string
  readonly #pending = new Map<number, (incoming: Incoming) => void>()
  readonly #waiting = new Map<string, () => void>()
  #last = 100

  constructor(ws: Connection, sessionId: string) {
    this.#ws = ws
    this.#sessionId = sessionId
    void this.#receive()
  }

  async #receive(): Promise<void> {
    for await (const incoming of this.#ws.json<Incoming>()) {
      if (incoming.id !== undefined) this.#pending.get(incoming.id)?.(incoming)
      else this.#handle(incoming.method ?? '', incoming.params ?? {})
    }
  }

  #handle(method: string, params: Record<string, unknown>): void {
    this.#waiting.get(method)?.()
    const { type, entry, response } = params as {
      type?: string
      entry?: { level: string; text: string; url?: string }
      response?: { status: number; url: string }
    }
    if (method === 'Runtime.exceptionThrown') this.faults.push(JSON.stringify(params))
    if (method === 'Runtime.consoleAPICalled' && /error|warning|assert/.test(type ?? ''))
      this.faults.push(JSON.stringify(params))
    if (entry !== undefined && entry.level === 'error') this.faults.push(`${entry.text} ${entry.url ?? ''}`)
    if (response !== undefined && response.status >= 400)
      this.faults.push(`${response.status} ${response.url}`)
  }

  /** Sends a command and returns its result. */
  async call<Result>(method: string, params: object = {}): Promise<Result> {
    this.#last += 1
    const id = this.#last
    const response = new Promise<Incoming>((resolve) => this.#pending.set(id, resolve))
    await this.#ws.sendJSON({ id, method, params, sessionId: this.#sessionId })
    const { result, error } = await inTime(response, method)
    this.#pending.delete(id)
    if (error !== undefined) throw new Error(`${method}: ${error.message}`)
    return result as Result
  }

  /** Opens a page and waits until it has loaded. */
  async open(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => this.#waiting.set('Page.loadEventFired', resolve))
    await this.call('Page.navigate', { url })
    await inTime(loaded, `the load event of ${url}`)
  }

  /** Evaluates an expression, whose promise is awaited, and returns its value. */
  async evaluate<Value>(expression: string): Promise<Value> {
    const { result, exceptionDetails } = await this.call<{
      result: { value: Value }
      exceptionDetails?: { text: string; exception?: { description?: string } }
    }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }

  /** Waits until an expression is true. */
  async until(expression: string): Promise<void> {
    await this.evaluate(`new Promise((resolve, reject) => {
      const end = Date.now() + ${PATIENCE / 2}
      const check = () => {
        if (${expression}) resolve()
        else if (Date.now() > end) reject(new Error(${JSON.stringify(`never true: ${expression}`)}))
        else setTimeout(check, 20)
      }
      check()
    })`)
  }

  /** Sets the size of the window, in CSS pixels. */
  async resize(width: number, height: number): Promise<void> {
    const metrics = { width, height, deviceScaleFactor: 1, mobile: width < 600 }
    await this.call('Emulation.setDeviceMetricsOverride', metrics)
  }

  /** Returns what the window shows, in PNG. Transitions are at their end. */
  async screenshot(): Promise<Buffer> {
    await this.evaluate(`(async () => {
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
      for (const animation of document.getAnimations()) animation.finish()
    })()`)
    const { data } = await this.call<{ data: string }>('Page.captureScreenshot', { optimizeForSpeed: true })
    return Buffer.from(data, 'base64')
  }
}

/** A running browser. */
export interface Browser {
  /** The address of its DevTools, `http://127.0.0.1:port`. */
  devtools: string
  page: Page
  stop(): Promise<void>
}

/** Returns the first of the browsers that is on the PATH. */
function executable(): string {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const files = ['chromium', 'google-chrome'].flatMap((name) => folders.map((folder) => join(folder, name)))
  const found = files.find((file) => existsSync(file))
  if (found === undefined)
    throw new Error('there is neither chromium nor google-chrome: see `make test-docs`')
  return found
}

/** Waits for the line that says where the DevTools listen, and returns their WebSocket URL. */
async function addressOf(child: ChildProcess): Promise<string> {
  const output: string[] = []
  for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream })) {
    output.push(line)
    const url = /^DevTools listening on (ws:\S+)/.exec(line)?.[1]
    if (url !== undefined) return url
  }
  throw new Error(`Chromium ended: ${output.join('\n')}`)
}

/** Starts Chromium with one page. */
export async function startBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'websocket-rs-chromium-'))
  const flags = ['--headless', '--remote-debugging-port=0', `--user-data-dir=${profile}`, '--no-first-run']
  // Chromium's sandbox does not run as root, as which containers run tests. The pages are our own.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const others = ['--hide-scrollbars', '--disable-gpu', '--disable-dev-shm-usage', 'about:blank']
  const child = spawn(executable(), [...flags, ...sandbox, ...others], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  child.once('error', () => {})
  const url = await inTime(addressOf(child), 'the address of DevTools')
  child.stderr?.resume()
  const ws = await connect(url)
  await ws.sendJSON({ id: 1, method: 'Target.createTarget', params: { url: 'about:blank' } })
  const { result: target } = await ws.recvJSON<{ result: { targetId: string } }>()
  const params = { ...target, flatten: true }
  await ws.sendJSON({ id: 2, method: 'Target.attachToTarget', params })
  let sessionId: string | undefined
  while (sessionId === undefined) {
    const { id, result } = await ws.recvJSON<{ id?: number; result?: { sessionId: string } }>()
    if (id === 2) sessionId = result?.sessionId
  }
  const page = new Page(ws, sessionId)
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await page.call(`${domain}.enable`)
  const stop = async () => {
    ws.terminate()
    child.kill('SIGKILL')
    await ended
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 })
  }
  return { devtools: `http://${new URL(url).host}`, page, stop }
}
