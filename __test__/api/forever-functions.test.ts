// connect.forever with functions for the URL and the options: what they are called with, and what their errors do.

import { expect, test } from 'vitest'
import { type Connection, connect, type ForeverOptions, type Reconnect } from 'websocket-rs'
import { peer } from '../support/peer.js'

/** Reconnects without a delay. */
const AT_ONCE: ForeverOptions = { backoff: { initial: 0 } }
const closing = () => `${peer.ws}/close?code=1011`

/** Takes connections until the loop ends, at most `count`. Returns the close codes. */
async function follow(
  loop: AsyncGenerator<Connection, void>,
  count: number,
): Promise<(number | undefined)[]> {
  const codes: (number | undefined)[] = []
  for await (const ws of loop) {
    codes.push((await ws.closed).code)
    if (codes.length === count) break
  }
  return codes
}

/** Returns a `shouldReconnect` that always returns true, and the errors that it was called with. */
function recording() {
  const errors: unknown[] = []
  const shouldReconnect = ({ error }: Reconnect) => {
    errors.push(error)
    return true
  }
  return { errors, shouldReconnect }
}

test.each<[name: string, wrap: <T>(value: T) => T | Promise<T>]>([
  ['synchronous', (value) => value],
  ['asynchronous', async (value) => value],
])('%s functions are called for each connection, with the failures in a row', async (_name, wrap) => {
  const attempts: [string, number][] = []
  const url = (attempt: number) => {
    attempts.push(['url', attempt])
    return wrap(closing())
  }
  const options = (attempt: number) => {
    attempts.push(['options', attempt])
    return wrap(AT_ONCE)
  }
  expect(await follow(connect.forever(url, options), 3)).toEqual([1011, 1011, 1011])
  expect(attempts).toEqual(
    [0, 1, 2].flatMap((attempt) => [
      ['options', attempt],
      ['url', attempt],
    ]),
  )
})

test('the attempt is 0 again after a stable connection', async () => {
  const attempts: number[] = []
  const url = (attempt: number) => {
    attempts.push(attempt)
    return closing()
  }
  await follow(connect.forever(url, { ...AT_ONCE, stableAfter: 0 }), 3)
  expect(attempts).toEqual([0, 0, 0])
})

test('each connection has the URL and the options that the functions have returned for it', async () => {
  const seen: unknown[] = []
  const url = (attempt: number) => new URL(`${peer.ws}/headers?attempt=${attempt}`)
  const options = (attempt: number) => ({ ...AT_ONCE, headers: { 'x-token': `token ${attempt}` } })
  for await (const ws of connect.forever(url, options)) {
    const headers = JSON.parse(String(await ws.recv()))
    seen.push([new URL(ws.url).search, headers['x-token']])
    if (seen.length === 2) break
  }
  expect(seen).toEqual([
    ['?attempt=0', ['token 0']],
    ['?attempt=1', ['token 1']],
  ])
})

test.each([
  ['throws', () => Promise.resolve().then(() => Promise.reject(new Error('no token')))],
  [
    'throws synchronously',
    () => {
      throw new Error('no token')
    },
  ],
  ['has no network, a TypeError of fetch', () => fetch('http://127.0.0.1:1/token')],
])('the loop ends with the error of a function that %s', async (_name, failing) => {
  const error = await Promise.resolve()
    .then(failing)
    .catch((reason: unknown) => reason)
  const url = failing as () => Promise<never>
  for (const loop of [connect.forever(url, AT_ONCE), connect.forever(closing(), failing as never)]) {
    await expect(loop.next()).rejects.toMatchObject({ message: (error as Error).message })
    expect(await loop.next()).toEqual({ value: undefined, done: true })
  }
})

test.each([
  ['an Error', () => Promise.reject(new Error('no token'))],
  ['a TypeError of fetch', () => fetch('http://127.0.0.1:1/token')],
])('shouldReconnect may try again after %s of a function', async (_name, failing) => {
  const { errors, shouldReconnect } = recording()
  const calls: number[] = []
  const url = async (attempt: number) => {
    calls.push(attempt)
    if (attempt < 2) await failing()
    return closing()
  }
  expect(await follow(connect.forever(url, { ...AT_ONCE, shouldReconnect }), 1)).toEqual([1011])
  expect(calls).toEqual([0, 1, 2])
  expect(errors).toHaveLength(2)
  expect(errors.every((error) => error instanceof Error)).toBe(true)
})

test('the last options decide on an error of the function for options', async () => {
  const { errors, shouldReconnect } = recording()
  const options = (attempt: number) => {
    if (attempt === 1) throw new Error('no options')
    return { ...AT_ONCE, shouldReconnect }
  }
  expect(await follow(connect.forever(closing, options), 2)).toEqual([1011, 1011])
  // The first connection was closed by the peer, with a code that is no error.
  expect(errors).toEqual([undefined, new Error('no options')])
})

test.each<[name: string, url: () => unknown, options: () => unknown, code: string]>([
  ['an invalid URL', () => 'no URL', () => ({}), 'ERR_WS_INVALID_URL'],
  ['no URL', () => undefined, () => ({}), 'ERR_WS_INVALID_URL'],
  ['an invalid option', closing, () => ({ maxMessageSize: -1 }), 'ERR_WS_INVALID_OPTION'],
  ['an invalid option of reconnecting', closing, () => ({ jitter: 2 }), 'ERR_WS_INVALID_OPTION'],
  ['an unknown option', closing, () => ({ patience: 1 }), 'ERR_WS_UNKNOWN_OPTION'],
  ['no options', closing, () => null, 'ERR_WS_INVALID_OPTION'],
  ['an invalid signal', closing, () => ({ signal: {} }), 'ERR_WS_INVALID_OPTION'],
])('%s from a function is thrown without asking shouldReconnect', async (_name, url, options, code) => {
  const { errors, shouldReconnect } = recording()
  const given = () => {
    const returned = options()
    return typeof returned === 'object' && returned !== null ? { shouldReconnect, ...returned } : returned
  }
  const loop = connect.forever(url as () => string, given as () => ForeverOptions)
  await expect(loop.next()).rejects.toMatchObject({ name: 'TypeError', code })
  expect(errors).toEqual([])
})
