// The option `lookup`: names resolved by the caller.

import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type Either, faces } from '../support/faces.js'
import { peer } from '../support/peer.js'

const { port } = new URL(peer.ws)
const named = `ws://some.invalid:${port}/echo`

/** Gives the same to every question, at once or on another turn of the loop, and keeps the questions. */
function answering(later: boolean, ...answer: unknown[]): LookupFunction & { asked: unknown[][] } {
  const asked: unknown[][] = []
  const lookup: LookupFunction = (host, options, callback) => {
    asked.push([host, options])
    const call = () => (callback as (...answer: unknown[]) => void)(...answer)
    if (later) setTimeout(call, 5)
    else call()
  }
  return Object.assign(lookup, { asked })
}

async function echo(ws: Either): Promise<void> {
  await ws.send('found')
  expect(await ws.recv()).toBe('found')
  ws.terminate()
}

const HERE = [{ address: '127.0.0.1', family: 4 }]

describe.each(faces)('$name', ({ connect, isBlocking }) => {
  const later = !isBlocking

  test('is asked for a name as Node asks, and what it gives is tried in order', async () => {
    const lookup = answering(later, null, [...HERE, { address: '127.0.0.2', family: 4 }])
    const ws = await connect(named, { lookup, family: 4 })
    expect(lookup.asked).toEqual([['some.invalid', { all: true, family: 4 }]])
    expect(ws.remoteAddress.address).toBe('127.0.0.1')
    await echo(ws)
  })

  test('one address will do, and may come at once', async () => {
    await echo(await connect(named, { lookup: answering(false, null, '127.0.0.1', 4) }))
  })

  test('is not asked for addresses', async () => {
    const lookup = answering(later, null, HERE)
    await echo(await connect(`${peer.ws}/echo`, { lookup }))
    expect(lookup.asked).toEqual([])
  })

  test('is asked again for each name that a redirect leads to', async () => {
    const lookup = answering(later, null, HERE)
    const location = encodeURIComponent(`ws://other.invalid:${port}/echo`)
    const url = `ws://some.invalid:${port}/status/302?location=${location}`
    await echo(await connect(url, { lookup, followRedirects: true }))
    expect(lookup.asked.map(([host]) => host)).toEqual(['some.invalid', 'other.invalid'])
  })

  test('its error is the cause', async () => {
    const cause = Object.assign(new Error('no such thing'), { code: 'EMINE' })
    const failing = connect(named, { lookup: answering(later, cause) })
    const message = 'cannot resolve some.invalid: no such thing'
    const error = { name: 'ConnectError', code: 'ERR_WS_RESOLVE', phase: 'resolve', message, cause }
    await expect(failing).rejects.toMatchObject(error)
  })

  test('what it throws is the cause', async () => {
    const cause = new Error('thrown')
    const lookup = () => {
      throw cause
    }
    await expect(connect(named, { lookup })).rejects.toMatchObject({ code: 'ERR_WS_RESOLVE', cause })
  })

  test.each([
    ['nothing', [null, []], /no address of the requested family/],
    [
      'only addresses of another family',
      [null, [{ address: '::1', family: 6 }]],
      /no address of the requested family/,
    ],
    ['a name', [null, 'localhost'], /localhost, which is not an IP address/],
    ['no address at all', [null], /undefined, which is not an IP address/],
    ['a list of nothing', [null, [undefined]], /undefined, which is not an IP address/],
    [
      'something that does not say what it is',
      [null, [{ address: Object.create(null) }]],
      /not an IP address/,
    ],
    ['only an address of some link', [null, 'fe80::1%eth0'], /no address/],
    ['an error without a text', [Object.assign(new Error(), { message: undefined })], /lookup failed/],
    ['an error with a number for a text', [Object.assign(new Error(), { message: 5 })], /lookup failed/],
  ])('%s is an error that says so', async (_what, answer, message) => {
    const failing = connect(named, { lookup: answering(later, ...answer), family: 4 })
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_RESOLVE', message })
  })

  test('nothing is no address of any family where none was wanted', async () => {
    const failing = connect(named, { lookup: answering(later, null, []) })
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_RESOLVE', message: /no address was found$/ })
  })

  test('addresses of some link are passed over', async () => {
    const addresses = [{ address: 'fe80::1%eth0', family: 6 }, ...HERE]
    await echo(await connect(named, { lookup: answering(later, null, addresses) }))
  })

  test('its error is the cause, too, where it was asked for a proxy', async () => {
    const cause = Object.assign(new Error('no such proxy'), { code: 'EMINE' })
    const proxy = 'http://proxy.invalid:1'
    const failing = connect(named, { lookup: answering(later, cause), proxy })
    await expect(failing).rejects.toMatchObject({ name: 'ProxyError', code: 'ERR_WS_PROXY', cause })
  })

  test('calling back twice is calling back once', async () => {
    const lookup: LookupFunction = (_host, _options, callback) => {
      callback(null, HERE)
      callback(new Error('late'), [])
      callback(null, '127.0.0.3', 4)
    }
    const ws = await connect(named, { lookup })
    expect(ws.remoteAddress.address).toBe('127.0.0.1')
    await echo(ws)
  })

  test('a lookup may connect itself', async () => {
    const lookup: LookupFunction = (_host, _options, callback) => {
      connect(`${peer.ws}/echo`).then(
        (ws) => ws.terminate(),
        (error) => callback(error, []),
      )
      callback(null, HERE)
    }
    await echo(await connect(named, { lookup }))
  })
})

describe('promise face', () => {
  const { connect } = faces[0] as (typeof faces)[0]

  test("Node's own dns.lookup fits", async () => {
    const url = peer.ws.replace('127.0.0.1', 'localhost')
    await echo(await connect(`${url}/echo`, { lookup: systemLookup as LookupFunction, family: 4 }))
  })

  test('waiting for it is part of connectTimeout, and ends with the signal', async () => {
    const lookup = () => {}
    const late = connect(named, { lookup, connectTimeout: 30 })
    await expect(late).rejects.toMatchObject({ code: 'ERR_WS_CONNECT_TIMEOUT', phase: 'resolve' })
    const aborted = connect(named, { lookup, signal: AbortSignal.timeout(30) })
    await expect(aborted).rejects.toMatchObject({ code: 'ABORT_ERR' })
  })

  test('an answer after the end is of no interest', async () => {
    let answer = () => {}
    const lookup: LookupFunction = (_host, _options, callback) => {
      answer = () => callback(null, HERE)
    }
    const late = connect(named, { lookup, connectTimeout: 30 })
    await expect(late).rejects.toMatchObject({ code: 'ERR_WS_CONNECT_TIMEOUT' })
    answer()
    await echo(await connect(named, { lookup: answering(true, null, HERE) }))
  })
})

test('under the blocking face it has to call back before it returns', async () => {
  const failing = faces[1]?.connect(named, { lookup: answering(true, null, HERE) })
  const error = { code: 'ERR_WS_RESOLVE', message: /call back before it returns/ }
  await expect(failing).rejects.toMatchObject(error)
})
