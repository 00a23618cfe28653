// Connects of the promise API to ws: and an address, which the event loop drives on Linux.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connect } from 'websocket-rs'
import { peer } from '../support/peer.js'
import { run, success } from '../support/program.js'

// V8 marks in tasks of the loop, each of which posts the next: some 1000 iterations on a busy machine.
setFlagsFromString('--no-incremental-marking')

const program = (name: string) => new URL(`./programs/${name}.mjs`, import.meta.url)
const named = peer.ws.replace('127.0.0.1', 'localhost')

/** Blocks the thread. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

/** Returns how often the loop has run. */
const iterations = () => performance.nodeTiming.uvMetricsInfo.loopCount

/** Resolves with the code of the error. */
const codeOf = (promise: Promise<unknown>) => promise.then(String, (error: { code: string }) => error.code)

describe.runIf(process.platform === 'linux')('connect to an address', () => {
  test('starts no thread, unlike one to a name', async () => {
    const threads = (url: string) => run(program('connect-threads'), [`${url}/echo`])
    expect(await threads(peer.ws)).toEqual(success('none'))
    expect((await threads(named)).lines[0]).toContain('websocket-rs')
  })
})

describe('connect', () => {
  test('ends each of several connects at its own deadline', async () => {
    const ended: number[] = []
    const hang = async (connectTimeout: number) => {
      const code = await codeOf(connect(`${peer.ws}/hang`, { connectTimeout }))
      ended.push(connectTimeout)
      return code
    }
    const codes = await Promise.all([900, 100, 500, 101].map(hang))
    expect(new Set(codes)).toEqual(new Set(['ERR_WS_CONNECT_TIMEOUT']))
    expect(ended).toEqual([100, 101, 500, 900])
  })

  test('opens if the response has arrived before the deadline, while the thread was busy', async () => {
    const opening = connect(`${peer.ws}/slow-handshake?delay=100`, { connectTimeout: 1000 })
    block(1300)
    const ws = await opening
    expect(ws.readyState).toBe(1)
    ws.terminate()
  })

  test('does not count time in which the loop was late', async () => {
    const opening = connect(`${peer.ws}/slow-handshake?delay=600`, { connectTimeout: 200 })
    block(400)
    const ws = await opening
    expect(ws.readyState).toBe(1)
    ws.terminate()
  })

  test('fails once its extra time is over, too', async () => {
    const opening = connect(`${peer.ws}/hang`, { connectTimeout: 200 })
    block(400)
    expect(await codeOf(opening)).toBe('ERR_WS_CONNECT_TIMEOUT')
  })

  test('keeps the process alive while another one has ended', async () => {
    const urls = [`${peer.ws}/echo`, `${named}/slow-handshake?delay=300`]
    expect(await run(program('connect-mixed'), urls)).toEqual(success('fast', 'slow'))
  })

  test('can be aborted in any phase, without a later event', async () => {
    for (const wait of [0, 1, 20]) {
      const controller = new AbortController()
      const opening = codeOf(connect(`${peer.ws}/hang`, { signal: controller.signal }))
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      controller.abort()
      expect(await opening).toBe('ABORT_ERR')
    }
  })

  test('opens many connections at once', async () => {
    const all = await Promise.all(Array.from({ length: 200 }, () => connect(`${peer.ws}/echo`)))
    await Promise.all(all.map((ws, at) => ws.send(String(at))))
    expect(await Promise.all(all.map((ws) => ws.recv()))).toEqual(all.map((_, at) => String(at)))
    await Promise.all(all.map((ws) => ws.close()))
  })

  test.each(['', 'HTTP/1.1 431'])(
    'lets the loop sleep while the request waits for a server that has sent %j and no more',
    async (early) => {
      const sockets: Socket[] = []
      const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
        sockets.push(socket.on('error', () => {}).end(early))
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      // More than the buffers of both sockets hold.
      const headers = Array.from({ length: 200 }, (_, at) => [`x-${at}`, 'x'.repeat(60_000)])
      const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
      const opening = connect(url, { headers: Object.fromEntries(headers), connectTimeout: 2000 })
      const code = codeOf(opening)
      await new Promise((resolve) => setTimeout(resolve, 500))
      const before = iterations()
      expect(await code).toBe('ERR_WS_CONNECT_TIMEOUT')
      expect(iterations() - before).toBeLessThan(500)
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  )

  test('leaves the handshake out of the counters', async () => {
    const ws = await connect(`${peer.ws}/echo`)
    expect(ws.stats()).toMatchObject({ bytesSent: 0, bytesReceived: 0, reads: 0, writes: 0 })
    ws.terminate()
  })
})

describe('options of a repeated connect', () => {
  const headersOf = async (options: object) => {
    const ws = await connect(`${peer.ws}/headers`, options)
    const headers = JSON.parse((await ws.recv()) as string) as Record<string, string[]>
    ws.terminate()
    return headers
  }

  test('may be changed between connects', async () => {
    const options: { origin?: string; headers?: Record<string, string> } = { origin: 'http://a' }
    expect((await headersOf(options)).origin).toEqual(['http://a'])
    expect((await headersOf(options)).origin).toEqual(['http://a'])
    options.origin = 'http://b'
    expect((await headersOf(options)).origin).toEqual(['http://b'])
    options.headers = { 'x-key': '1' }
    expect((await headersOf(options))['x-key']).toEqual(['1'])
    options.headers['x-key'] = '2'
    expect((await headersOf(options))['x-key']).toEqual(['2'])
    delete options.headers
    delete options.origin
    const bare = await headersOf(options)
    expect([bare.origin, bare['x-key']]).toEqual([undefined, undefined])
  })

  test('have a key of their own for each connect', async () => {
    const keys = [await headersOf({}), await headersOf({})].map((headers) => headers['sec-websocket-key'])
    expect(keys[0]).not.toEqual(keys[1])
  })
})

describe('messages that come in one segment with the upgrade response', () => {
  const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

  /** Starts a server whose response has a header of the given length. Returns its URL. */
  async function listen(headerLength: number): Promise<string> {
    const server = createServer((socket) => {
      socket.once('data', (request) => {
        const key = /sec-websocket-key: (.+)\r\n/i.exec(String(request))?.[1]
        const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64')
        const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket']
        lines.push(`Sec-WebSocket-Accept: ${accept}`, `x-long: ${'x'.repeat(headerLength)}`, '', '')
        socket.write(
          Buffer.concat([Buffer.from(lines.join('\r\n')), Buffer.from('810161810162810163', 'hex')]),
        )
      })
    })
    onTestFinished(() => void server.close())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  // The response is read by one or several reads.
  test.each([0, 800, 900, 2000, 5000])(
    'are there after connect() if it has %d bytes more',
    async (length) => {
      const ws = await connect(await listen(length))
      expect([ws.tryRecv(), ws.tryRecv(), ws.tryRecv(), ws.tryRecv()]).toEqual(['a', 'b', 'c', undefined])
      ws.terminate()
    },
  )

  // Around the size of the buffer that the response is read into, which then ends in or between the messages.
  test('are there after connect(), wherever a read ends', async () => {
    for (let length = 840; length <= 900; length += 1) {
      const ws = await connect(await listen(length))
      expect([ws.tryRecv(), ws.tryRecv(), ws.tryRecv(), ws.tryRecv()]).toEqual(['a', 'b', 'c', undefined])
      ws.terminate()
    }
  })
})
