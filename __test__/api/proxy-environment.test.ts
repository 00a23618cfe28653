// The proxy variables of the environment: HTTP_PROXY, WS_PROXY, ALL_PROXY, NO_PROXY and their relatives.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'
import { echo, http, peerPort, socks } from '../support/proxy.js'

describe.each(apis)('proxy variables, $name', ({ connect }) => {
  beforeEach(() => {
    for (const name of ['ws', 'wss', 'http', 'https', 'all', 'no']) {
      vi.stubEnv(`${name}_proxy`, undefined)
      vi.stubEnv(`${name}_PROXY`.toUpperCase(), undefined)
    }
    vi.stubEnv('REQUEST_METHOD', undefined)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  // A name that has no address: the connection fails with ERR_WS_RESOLVE without a proxy.
  const unknownHost = `ws://echo.invalid:${peerPort}/echo`
  const endedByProxy = { code: 'ERR_WS_PROXY', cause: { code: 'ECONNRESET' } }

  test.each(['ws_proxy', 'HTTP_PROXY', 'ALL_PROXY'])(
    'uses the proxy of %s by default and with proxy: true, but not with proxy: false',
    async (name) => {
      vi.stubEnv(name, socks('end'))
      await expect(connect(unknownHost)).rejects.toMatchObject(endedByProxy)
      await expect(connect(unknownHost, { proxy: true })).rejects.toMatchObject(endedByProxy)
      await expect(connect(unknownHost, { proxy: false })).rejects.toMatchObject({ code: 'ERR_WS_RESOLVE' })
    },
  )

  test('bypasses the proxy for loopback and for hosts of NO_PROXY', async () => {
    vi.stubEnv('ALL_PROXY', http('deny'))
    await echo(await connect(`${peer.ws}/echo`))
    await expect(connect('wss://echo.invalid/')).rejects.toMatchObject({
      code: 'ERR_WS_PROXY',
      status: 403,
    })
    vi.stubEnv('NO_PROXY', '10.0.0.0/8 .invalid')
    await expect(connect('wss://echo.invalid/')).rejects.toMatchObject({ code: 'ERR_WS_RESOLVE' })
  })

  test('uses the proxy for hosts that only look like loopback', async () => {
    vi.stubEnv('ALL_PROXY', http('deny'))
    const denied = { code: 'ERR_WS_PROXY', status: 403 }
    for (const url of ['ws://echo.invalid\\@localhost/', 'ws://echo.invalid\\@127.0.0.1/'])
      await expect(connect(url)).rejects.toMatchObject(denied)
  })

  test('ignores HTTP_PROXY under CGI, where a request header can set it', async () => {
    vi.stubEnv('HTTP_PROXY', http('deny'))
    await expect(connect(unknownHost)).rejects.toMatchObject({ code: 'ERR_WS_PROXY', status: 403 })
    vi.stubEnv('REQUEST_METHOD', 'GET')
    await expect(connect(unknownHost)).rejects.toMatchObject({ code: 'ERR_WS_RESOLVE' })
    vi.stubEnv('http_proxy', http('deny'))
    await expect(connect(unknownHost)).rejects.toMatchObject({ code: 'ERR_WS_PROXY', status: 403 })
    // On Windows http_proxy is the same variable.
    vi.stubGlobal('process', Object.create(process, { platform: { value: 'win32' } }))
    await expect(connect(unknownHost)).rejects.toMatchObject({ code: 'ERR_WS_RESOLVE' })
    vi.unstubAllGlobals()
  })

  test('names a variable whose value is not a proxy', async () => {
    vi.stubEnv('HTTPS_PROXY', 'ftp://a')
    const invalid = { code: 'ERR_WS_INVALID_OPTION', message: /environment variable HTTPS_PROXY/ }
    await expect(connect('wss://echo.invalid/')).rejects.toMatchObject(invalid)
    await echo(await connect(`${peer.ws}/echo`))
  })
})
