// The option `lookup`: a function of the caller that resolves names.

import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type AnyConnection, apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const { port } = new URL(peer.ws)
const named = `ws://some.invalid:${port}/echo`

/** Returns a lookup that always gives the same result, synchronously or later, and records its arguments. */
function fixedLookup(later: boolean, ...result: unknown[]): LookupFunction & { calls: unknown[][] } {
  const calls: unknown[][] = []
  const lookup: LookupFunction = (host, options, callback) => {
    calls.push([host, options])
    const call = () => (callback as (...result: unknown[]) => void)(...result)
    if (later) setTimeout(call, 5)
    else call()
  }
  return Object.assign(lookup, { calls })
}

async function echo(ws: AnyConnection): Promise<void> {
  await ws.send('found')
  expect(await ws.recv()).toBe('found')
  ws.terminate()
}

const LOOPBACK = [{ address: '127.0.0.1', family: 4 }]

describe.each(apis)('lookup, $name', ({ connect, isBlocking }) => {
  const later = !isBlocking

  test('is called with the arguments that Node passes, and its addresses are tried in order', async () => {
    const lookup = fixedLookup(later, null, [...LOOPBACK, { address: '127.0.0.2', family: 4 }])
    const ws = await connect(named, { lookup, family: 4 })
    expect(lookup.calls).toEqual([['some.invalid', { all: true, family: 4 }]])
    expect(ws.remoteAddress.address).toBe('127.0.0.1')
    await echo(ws)
  })

  test('may call back synchronously with a single address', async () => {
    await echo(await connect(named, { lookup: fixedLookup(false, null, '127.0.0.1', 4) }))
  })

  test('is not called for an IP address', async () => {
    const lookup = fixedLookup(later, null, LOOPBACK)
    await echo(await connect(`${peer.ws}/echo`, { lookup }))
    expect(lookup.calls).toEqual([])
  })

  test('is called for each host of a redirect', async () => {
    const lookup = fixedLookup(later, null, LOOPBACK)
    const location = encodeURIComponent(`ws://other.invalid:${port}/echo`)
    const url = `ws://some.invalid:${port}/status/302?location=${location}`
    await echo(await connect(url, { lookup, followRedirects: true }))
    expect(lookup.calls.map(([host]) => host)).toEqual(['some.invalid', 'other.invalid'])
  })

  test('is called for the host that an IP address redirects to', async () => {
    const lookup = fixedLookup(later, null, LOOPBACK)
    const location = encodeURIComponent(`ws://other.invalid:${port}/echo`)
    const url = `${peer.ws}/status/302?location=${location}`
    await echo(await connect(url, { lookup, followRedirects: true }))
    expect(lookup.calls.map(([host]) => host)).toEqual(['other.invalid'])
  })

  test('passes its error on as the cause', async () => {
    const cause = Object.assign(new Error('no such thing'), { code: 'EMINE' })
    const failing = connect(named, { lookup: fixedLookup(later, cause) })
    const message = 'cannot resolve some.invalid: no such thing'
    const error = { name: 'ConnectError', code: 'ERR_WS_RESOLVE', phase: 'resolve', message, cause }
    await expect(failing).rejects.toMatchObject(error)
  })

  test('passes an exception on as the cause', async () => {
    const cause = new Error('thrown')
    const lookup = () => {
      throw cause
    }
    await expect(connect(named, { lookup })).rejects.toMatchObject({ code: 'ERR_WS_RESOLVE', cause })
  })

  test.each([
    ['an empty array', [null, []], /no address of the requested family/],
    [
      'only addresses of another family',
      [null, [{ address: '::1', family: 6 }]],
      /no address of the requested family/,
    ],
    ['a name', [null, 'localhost'], /localhost, which is not an IP address/],
    ['undefined', [null], /undefined, which is not an IP address/],
    ['an array of undefined', [null, [undefined]], /undefined, which is not an IP address/],
    [
      'an address that is an object without a prototype',
      [null, [{ address: Object.create(null) }]],
      /not an IP address/,
    ],
    ['only an address with a zone', [null, 'fe80::1%eth0'], /no address/],
    ['an error without a message', [Object.assign(new Error(), { message: undefined })], /lookup failed/],
    ['an error whose message is a number', [Object.assign(new Error(), { message: 5 })], /lookup failed/],
  ])('rejects with a message that names the result: %s', async (_what, result, message) => {
    const failing = connect(named, { lookup: fixedLookup(later, ...result), family: 4 })
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_RESOLVE', message })
  })

  test('rejects an empty array without naming a family if none was requested', async () => {
    const failing = connect(named, { lookup: fixedLookup(later, null, []) })
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_RESOLVE', message: /no address was found$/ })
  })

  test('skips addresses with a zone', async () => {
    const addresses = [{ address: 'fe80::1%eth0', family: 6 }, ...LOOPBACK]
    await echo(await connect(named, { lookup: fixedLookup(later, null, addresses) }))
  })

  test('passes its error on as the cause if it was called for a proxy', async () => {
    const cause = Object.assign(new Error('no such proxy'), { code: 'EMINE' })
    const proxy = 'http://proxy.invalid:1'
    const failing = connect(named, { lookup: fixedLookup(later, cause), proxy })
    await expect(failing).rejects.toMatchObject({ name: 'ProxyError', code: 'ERR_WS_PROXY', cause })
  })

  test('ignores all callbacks after the first', async () => {
    const lookup: LookupFunction = (_host, _options, callback) => {
      callback(null, LOOPBACK)
      callback(new Error('late'), [])
      callback(null, '127.0.0.3', 4)
    }
    const ws = await connect(named, { lookup })
    expect(ws.remoteAddress.address).toBe('127.0.0.1')
    await echo(ws)
  })

  test('may call connect() itself', async () => {
    const lookup: LookupFunction = (_host, _options, callback) => {
      connect(`${peer.ws}/echo`).then(
        (ws) => ws.terminate(),
        (error) => callback(error, []),
      )
      callback(null, LOOPBACK)
    }
    await echo(await connect(named, { lookup }))
  })
})

describe('lookup, promise API', () => {
  const { connect } = apis[0] as (typeof apis)[0]

  test('accepts dns.lookup', async () => {
    const url = peer.ws.replace('127.0.0.1', 'localhost')
    await echo(await connect(`${url}/echo`, { lookup: systemLookup as LookupFunction, family: 4 }))
  })

  test('counts towards connectTimeout and can be aborted', async () => {
    const lookup = () => {}
    const late = connect(named, { lookup, connectTimeout: 30 })
    await expect(late).rejects.toMatchObject({ code: 'ERR_WS_CONNECT_TIMEOUT', phase: 'resolve' })
    const aborted = connect(named, { lookup, signal: AbortSignal.timeout(30) })
    await expect(aborted).rejects.toMatchObject({ code: 'ABORT_ERR' })
  })

  test('is ignored if it calls back after the timeout', async () => {
    let callBack = () => {}
    const lookup: LookupFunction = (_host, _options, callback) => {
      callBack = () => callback(null, LOOPBACK)
    }
    const late = connect(named, { lookup, connectTimeout: 30 })
    await expect(late).rejects.toMatchObject({ code: 'ERR_WS_CONNECT_TIMEOUT' })
    callBack()
    await echo(await connect(named, { lookup: fixedLookup(true, null, LOOPBACK) }))
  })
})

test('lookup, blocking API: must call back before it returns', async () => {
  const failing = apis[1]?.connect(named, { lookup: fixedLookup(true, null, LOOPBACK) })
  const error = { code: 'ERR_WS_RESOLVE', message: /call back before it returns/ }
  await expect(failing).rejects.toMatchObject(error)
})
