// connect.forever: which ends of a connection are followed by another one, and how the loop is left.

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type Connection, connect, type ForeverOptions, type Reconnect } from 'websocket-rs'
import { peer } from '../support/peer.js'

/** Reconnects without a delay. */
const AT_ONCE: ForeverOptions = { backoff: { initial: 0 } }
/** A frame of a text that is not UTF-8. */
const NOT_UTF8 = '8101ff'
/** The longest that leaving a loop may take, in ms: 1 s for the peer to answer the close frame, and a busy machine. */
const SOON = 2500

/** Returns a `shouldReconnect` that returns true `times` times, and the reasons that it was called with. */
function recording(times: number) {
  const reasons: Reconnect[] = []
  const shouldReconnect = (reason: Reconnect) => reasons.push(reason) <= times
  return { reasons, shouldReconnect }
}

/** Waits for the end of each connection. Returns their number when the loop ends, or after `most`. */
async function count(url: string, options: ForeverOptions, most: number): Promise<number> {
  let connections = 0
  for await (const ws of connect.forever(url, { ...AT_ONCE, ...options })) {
    // A message over maxMessageSize is held until a call asks for it.
    await ws.recv().catch(() => {})
    await ws.closed
    connections += 1
    if (connections === most) break
  }
  return connections
}

const violation = (hex: string) => peer.script([{ accept: true }, { hex }, { readToEnd: true }]).url

/** Ends that would come again: what the peer does, and the error that the loop throws. */
const PERMANENT: [name: string, url: () => string, options: ForeverOptions, error: object][] = [
  [
    'a message over maxMessageSize',
    () => `${peer.ws}/source?count=1&size=2000`,
    { maxMessageSize: 1000 },
    { name: 'MessageTooBigError', code: 'ERR_WS_MESSAGE_TOO_BIG', closeCode: 1009 },
  ],
  [
    'a violation of the protocol',
    () => violation('c10161'),
    {},
    { name: 'ProtocolError', code: 'ERR_WS_PROTOCOL', closeCode: 1002 },
  ],
  [
    'a text that is not UTF-8',
    () => violation(NOT_UTF8),
    {},
    { name: 'ProtocolError', code: 'ERR_WS_INVALID_UTF8', closeCode: 1007 },
  ],
  ...[1002, 1003, 1007, 1008, 1009, 1010].map((code): (typeof PERMANENT)[number] => [
    `the close code ${code}`,
    () => `${peer.ws}/close?code=${code}&reason=no`,
    {},
    { name: 'ConnectionClosedError', code: 'ERR_WS_CLOSED', closeCode: code, closeReason: 'no' },
  ]),
]

describe('an end that would come again', () => {
  test.each(PERMANENT)('%s ends the loop with its error', async (_name, url, options, error) => {
    await expect(count(url(), options, 3)).rejects.toMatchObject(error)
  })

  test.each(PERMANENT)('%s is judged by shouldReconnect', async (_name, url, options, error) => {
    const { reasons, shouldReconnect } = recording(1)
    await expect(count(url(), { ...options, shouldReconnect }, 3)).rejects.toMatchObject(error)
    expect(reasons).toMatchObject([
      { error, attempt: 1 },
      { error, attempt: 2 },
    ])
  })

  test('is thrown although the body has caught it and terminated the connection', async () => {
    // The peer sends its close frame and leaves the TCP connection open.
    const script = peer.script([{ accept: true }, { frame: { opcode: 8, hex: '03f0' } }, { sleep: 1000 }])
    let connections = 0
    const running = async () => {
      for await (const ws of connect.forever(script.url, AT_ONCE)) {
        connections += 1
        if (connections === 3) break
        await ws.recv().catch(() => {})
        ws.terminate()
      }
    }
    await expect(running()).rejects.toMatchObject({ code: 'ERR_WS_CLOSED', closeCode: 1008 })
    expect(connections).toBe(1)
  })
})

describe('an end that may not come again', () => {
  test.each([1000, 1001, 1011, 1012, 1013, 1014, 3000, 4000, 4999])(
    'the close code %i is followed by another connection, and is no error',
    async (code) => {
      const url = `${peer.ws}/close?code=${code}&reason=later`
      expect(await count(url, {}, 3)).toBe(3)
      const { reasons, shouldReconnect } = recording(1)
      expect(await count(url, { shouldReconnect }, 3)).toBe(2)
      const reason = { error: undefined, closeCode: code, closeReason: 'later' }
      expect(reasons).toMatchObject([reason, reason])
    },
  )

  test('a connection that is reset is followed by another one, and has an error', async () => {
    const url = `${peer.ws}/close?code=1006&reset=1`
    expect(await count(url, {}, 3)).toBe(3)
    const { reasons, shouldReconnect } = recording(0)
    await expect(count(url, { shouldReconnect }, 3)).rejects.toMatchObject({
      code: 'ERR_WS_CLOSED',
      closeCode: 1006,
    })
    expect(reasons).toMatchObject([{ error: { code: 'ERR_WS_CLOSED' }, closeCode: 1006, closeReason: '' }])
  })

  test('a peer that does not answer pings is followed by another connection, and has an error', async () => {
    const { reasons, shouldReconnect } = recording(1)
    const options = { pingInterval: 20, pingTimeout: 20, shouldReconnect }
    const lost = { code: 'ERR_WS_PING_TIMEOUT' }
    await expect(count(`${peer.ws}/silent`, options, 3)).rejects.toMatchObject(lost)
    expect(reasons).toMatchObject([{ error: lost, closeCode: 1006 }, { error: lost }])
  })

  test('terminate() in the body is no error and counts as a failure', async () => {
    const { reasons, shouldReconnect } = recording(1)
    let connections = 0
    for await (const ws of connect.forever(peer.ws, { ...AT_ONCE, shouldReconnect })) {
      connections += 1
      ws.terminate()
    }
    expect(connections).toBe(2)
    expect(reasons).toMatchObject([
      { error: undefined, closeCode: 1006, attempt: 1 },
      { error: undefined, closeCode: 1006, attempt: 2 },
    ])
  })

  test('close() in the body is no error', async () => {
    const { reasons, shouldReconnect } = recording(0)
    for await (const ws of connect.forever(peer.ws, { ...AT_ONCE, shouldReconnect })) await ws.close(4001)
    expect(reasons).toMatchObject([{ error: undefined, closeCode: 4001, attempt: 1 }])
  })

  test('a connection that is open at the end of the body is closed with 1000', async () => {
    const { reasons, shouldReconnect } = recording(0)
    for await (const _ of connect.forever(peer.ws, { ...AT_ONCE, shouldReconnect }));
    expect(reasons).toMatchObject([{ error: undefined, closeCode: 1000, attempt: 1 }])
  })
})

test('after the inner loop is left, the rest of the body has the open connection', async () => {
  const { shouldReconnect } = recording(1)
  const received: unknown[] = []
  for await (const ws of connect.forever(peer.ws, { ...AT_ONCE, shouldReconnect })) {
    await ws.sendMany(['1', '2'])
    for await (const message of ws) {
      received.push(message)
      break
    }
    expect(ws.readyState).toBe(1)
    received.push(await ws.recv())
  }
  expect(received).toEqual(['1', '2', '1', '2'])
})

/** Ways to leave a loop whose peer answers nothing, with the default closeTimeout of 10 s. */
const leaving: [name: string, leave: (ws: Connection) => Promise<'broke'>, error: object | undefined][] = [
  ['break', async () => 'broke', undefined],
  [
    'an error of the body',
    async () => {
      throw new Error('mine')
    },
    { message: 'mine' },
  ],
  [
    'a TimeoutError of recv',
    async (ws) => {
      await ws.recv({ timeout: 20 })
      return 'broke'
    },
    { code: 'ERR_WS_RECEIVE_TIMEOUT' },
  ],
  [
    'a TimeoutError of ping',
    async (ws) => {
      await ws.ping(undefined, { timeout: 20 })
      return 'broke'
    },
    { code: 'ERR_WS_PING_TIMEOUT' },
  ],
]

describe.each(['silent', 'deaf'])('a loop whose peer is %s', (path) => {
  test.each(leaving)('left by %s, ends soon', async (_name, leave, error) => {
    let last: Connection | undefined
    const running = async () => {
      for await (const ws of connect.forever(`${peer.ws}/${path}`)) {
        last = ws
        if ((await leave(ws)) === 'broke') break
      }
    }
    const start = performance.now()
    if (error === undefined) await running()
    else await expect(running()).rejects.toMatchObject(error)
    expect(performance.now() - start).toBeLessThan(SOON)
    expect(last?.readyState).toBe(3)
  })

  test('throw() and return() of the generator end soon', async () => {
    const start = performance.now()
    const [one, other] = [connect.forever(`${peer.ws}/${path}`), connect.forever(`${peer.ws}/${path}`)]
    await Promise.all([one.next(), other.next()])
    const ends = [expect(one.throw(new Error('mine'))).rejects.toThrow('mine'), other.return()]
    await Promise.all(ends)
    expect(performance.now() - start).toBeLessThan(SOON)
    expect(await one.next()).toEqual({ value: undefined, done: true })
  })
})

test('a pending next() ends when the generator is returned, in a delay too', async () => {
  const loop = connect.forever(`${peer.ws}/status/503`, { backoff: { initial: 60_000, max: 60_000 } })
  const pending = loop.next()
  await sleep(50)
  await loop.return()
  expect(await pending).toEqual({ value: undefined, done: true })
})
