// Failures of proxies: error responses, SOCKS replies, credentials and timeouts, and the ones that connect.forever
// retries.

import { describe, expect, test } from 'vitest'
import { connect } from 'websocket-rs'
import { refusingAddress } from '../support/addresses.js'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { failure, http, proxy, secureProxy, socks } from '../support/proxy.js'

describe.each(apis)('proxy failures, $name', ({ connect }) => {
  const failing = (given: string | URL, url?: string) => failure(connect, given, url)

  test.each([
    ['deny', 403, { 'x-why': 'rules' }, 'denied'],
    ['old', 503, {}, 'later'],
  ])('reports status, headers and body of an error response: %s', async (user, status, headers, body) => {
    const error = await failing(http(user))
    const message = `proxy http://127.0.0.1:${proxy.port}: unexpected response to CONNECT: ${status}`
    expect(error).toMatchObject({
      name: 'ProxyError',
      code: 'ERR_WS_PROXY',
      phase: 'proxy',
      status,
      headers,
      message,
    })
    expect(String((error as { body: Buffer }).body)).toBe(body)
  })

  test.each([
    ['407', http('ask'), 407],
    ['a SOCKS proxy', socks('wrong'), 0],
  ])('reports wrong credentials as ERR_WS_PROXY_CREDENTIALS: %s', async (_name, given, status) => {
    const error = await failing(given)
    expect(error).toMatchObject({ name: 'ProxyError', code: 'ERR_WS_PROXY_CREDENTIALS', status })
    expect((error as Error).message).not.toContain('pass')
  })

  test.each([
    ['deny', 'EACCES'],
    ['refuse', 'ECONNREFUSED'],
    ['unreachable', 'EHOSTUNREACH'],
    ['network', 'ENETUNREACH'],
    ['late', 'ETIMEDOUT'],
    ['family', 'EAFNOSUPPORT'],
    ['general', 'EIO'],
    ['noise', 'EPROTO'],
    ['end', 'ECONNRESET'],
  ])('maps the SOCKS reply %s to %s', async (user, code) => {
    expect(await failing(socks(user))).toMatchObject({
      code: 'ERR_WS_PROXY',
      phase: 'proxy',
      status: 0,
      cause: { code },
    })
  })

  test.each(['noise', 'large', 'early', 'end'])(
    'rejects an invalid response to CONNECT: %s',
    async (user) => {
      expect(await failing(http(user))).toMatchObject({ code: 'ERR_WS_PROXY', phase: 'proxy', status: 0 })
    },
  )

  test.each([
    ['HTTP', http('hang')],
    ['SOCKS', socks('hang')],
  ])('applies connectTimeout to a proxy that does not respond: %s', async (_name, given) => {
    const waiting = connect(peer.ws, { proxy: given, connectTimeout: 80 })
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_WS_CONNECT_TIMEOUT', phase: 'proxy' })
  })

  test('reports an unreachable proxy as ERR_WS_PROXY, not as an unreachable server', async () => {
    const dead = `http://${await refusingAddress()}`
    const error = await failing(dead)
    expect(error).toMatchObject({ code: 'ERR_WS_PROXY', phase: 'proxy', cause: { code: 'ECONNREFUSED' } })
    expect((error as Error).message).toContain(`proxy ${dead}: cannot connect to`)
    expect(await failing('http://nowhere.invalid')).toMatchObject({
      code: 'ERR_WS_PROXY',
      cause: { code: 'ENOTFOUND' },
    })
  })

  test.each(['', 'here', 'ftp://a', 'http://', 'socks5://'])('rejects %j as a proxy', async (given) => {
    expect(await failing(given)).toMatchObject({
      name: 'TypeError',
      code: 'ERR_WS_INVALID_OPTION',
      message: /option proxy/,
    })
  })
})

describe('connect.forever with a proxy', () => {
  const OPTIONS = { backoff: { initial: 1, max: 1 } }

  /** Retries for 150 ms or until connect.forever ends. Returns the code of its error. */
  async function retry(given: string): Promise<string> {
    const stop = AbortSignal.timeout(150)
    try {
      for await (const ws of connect.forever(`${peer.ws}/echo`, { ...OPTIONS, proxy: given, signal: stop })) {
        ws.terminate()
      }
      return 'left'
    } catch (error) {
      return (error as { code: string }).code
    }
  }

  test.each(['refuse', 'unreachable', 'late', 'general', 'end'])(
    'retries after the SOCKS reply %s',
    async (user) => {
      expect(await retry(socks(user))).toBe('ABORT_ERR')
    },
  )

  test('retries while the proxy is unreachable or busy', async () => {
    expect(await retry(`http://${await refusingAddress()}`)).toBe('ABORT_ERR')
    expect(await retry(http('old'))).toBe('ABORT_ERR')
  })

  test.each([
    ['status 403', http('deny'), 'ERR_WS_PROXY'],
    ['status 407', http('ask'), 'ERR_WS_PROXY_CREDENTIALS'],
    ['a response that is not HTTP', http('noise'), 'ERR_WS_PROXY'],
    ['a SOCKS reply that denies', socks('deny'), 'ERR_WS_PROXY'],
    ['wrong SOCKS credentials', socks('wrong'), 'ERR_WS_PROXY_CREDENTIALS'],
    ['an untrusted certificate', `https://localhost:${secureProxy.port}`, 'ERR_WS_PROXY'],
    ['an unsupported scheme', 'ftp://a', 'ERR_WS_INVALID_OPTION'],
  ])('does not retry after a permanent failure of a proxy: %s', async (_what, given, code) => {
    expect(await retry(given)).toBe(code)
  })
})
