// Redirects: followed only if requested, and without credentials for another origin.

import { describe, expect, test } from 'vitest'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const redirect = (location: string, status = 302) =>
  `${peer.ws}/status/${status}?location=${encodeURIComponent(location)}`

/** Returns a URL that redirects `times` times and then echoes. */
function chain(times: number): string {
  let url = `${peer.ws}/echo`
  for (let time = 0; time < times; time += 1) url = redirect(url)
  return url
}

const FAILED = { name: 'HandshakeError', code: 'ERR_WS_REDIRECT', phase: 'upgrade' }

describe.each(apis)('$name', ({ connect }) => {
  test.each([301, 302, 303, 307, 308])(
    'follows a %i with followRedirects, and not by default',
    async (status) => {
      const url = redirect('/echo', status)
      await expect(connect(url)).rejects.toMatchObject({ code: 'ERR_WS_UNEXPECTED_STATUS', status })
      const ws = await connect(url, { followRedirects: true })
      await ws.send('there')
      expect(await ws.recv()).toBe('there')
      expect(ws.url).toBe(url)
      await ws.close()
    },
  )

  test.each([300, 304, 305, 404])('rejects a %i as an unexpected status', async (status) => {
    const failing = connect(redirect('/echo', status), { followRedirects: true })
    await expect(failing).rejects.toMatchObject({ code: 'ERR_WS_UNEXPECTED_STATUS', status })
  })

  test('follows at most maxRedirects, 10 by default', async () => {
    const ws = await connect(chain(10), { followRedirects: true })
    ws.terminate()
    const tooMany = connect(chain(11), { followRedirects: true })
    await expect(tooMany).rejects.toMatchObject({ ...FAILED, status: 302 })
    await expect(connect(chain(3), { followRedirects: true, maxRedirects: 2 })).rejects.toMatchObject(FAILED)
    const none = connect(chain(1), { followRedirects: true, maxRedirects: 0 })
    await expect(none).rejects.toMatchObject({ code: 'ERR_WS_UNEXPECTED_STATUS' })
  })

  test('follows from ws: to wss: with the TLS options, and never from wss: to ws:', async () => {
    const options = { followRedirects: true, tls: { ca: peer.ca } }
    const ws = await connect(redirect(`${peer.wss}/echo`), options)
    await ws.send('x')
    expect(await ws.recv()).toBe('x')
    ws.terminate()
    const downgrade = `${peer.wss}/status/302?location=${encodeURIComponent(`${peer.ws}/echo`)}`
    await expect(connect(downgrade, options)).rejects.toMatchObject({ ...FAILED, message: /no TLS/ })
  })

  test('decodes a Location as UTF-8', async () => {
    const text = `HTTP/1.1 302 Found\r\nLocation: ${peer.ws}/headers?q=grüße\r\n\r\n`
    const ws = await connect(peer.script([{ text }, { readToEnd: true }]).url, { followRedirects: true })
    expect(JSON.parse(String(await ws.recv()))).toMatchObject({ ':path': '/headers?q=gr%C3%BC%C3%9Fe' })
    ws.terminate()
  })

  test.each(['ftp://localhost/', 'mailto:a@b', 'ws://:0:0/'])('rejects the Location %s', async (location) => {
    await expect(connect(redirect(location), { followRedirects: true })).rejects.toMatchObject(FAILED)
  })

  test('rejects a redirect without a Location header', async () => {
    const failing = connect(`${peer.ws}/status/302`, { followRedirects: true })
    await expect(failing).rejects.toMatchObject({ ...FAILED, message: /Location/ })
  })

  test('rejects a redirect with two Location headers', async () => {
    for (const second of ['/b', '/a']) {
      const text = `HTTP/1.1 302 Found\r\nLocation: /a\r\nlocation: ${second}\r\n\r\n`
      const failing = connect(peer.script([{ text }, { readToEnd: true }]).url, { followRedirects: true })
      await expect(failing).rejects.toMatchObject({ ...FAILED, message: 'redirect with 2 Location headers' })
    }
  })

  test('sends credentials, cookies and Host only to their origin, and all other headers everywhere', async () => {
    const headers = { Cookie: 'a=b', Authorization: 'Bearer t', Host: 'here', 'X-Kept': 'yes' }
    const options = { followRedirects: true, headers, origin: 'http://o', protocols: ['one'] }
    // Another port is another origin.
    const other = peer.script([
      { accept: true, headers: { 'Sec-WebSocket-Protocol': 'one' } },
      { readToEnd: true },
    ])
    const ws = await connect(redirect(other.url), options)
    ws.terminate()
    const { request } = await other.transcript()
    expect(request).toMatch(/^X-Kept: yes\r$/m)
    expect(request).toMatch(/^Origin: http:\/\/o\r$/m)
    expect(request).not.toMatch(/^(Cookie|Authorization):/im)
    expect(request.match(/^Host: .*$/gim)).toEqual([`Host: ${new URL(other.url).host}`])
  })

  test('applies connectTimeout to all redirects together', async () => {
    const slow = redirect(`${peer.ws}/slow-handshake?delay=10000`)
    await expect(connect(slow, { followRedirects: true, connectTimeout: 300 })).rejects.toMatchObject({
      code: 'ERR_WS_CONNECT_TIMEOUT',
      phase: 'upgrade',
    })
  })

  test('rejects invalid followRedirects and maxRedirects with a TypeError', async () => {
    for (const options of [{ followRedirects: 1 }, { maxRedirects: -1 }, { maxRedirects: '3' }]) {
      const failing = connect(peer.ws, options as object)
      await expect(failing).rejects.toMatchObject({ name: 'TypeError', code: 'ERR_WS_INVALID_OPTION' })
    }
  })
})
