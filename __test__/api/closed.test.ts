// `closed`: how a connection ended, told once and without a rejection.

import { channel } from 'node:diagnostics_channel'
import { describe, expect, test } from 'vitest'
import { type Closed, type CloseEvent, connect as connectAsync } from 'websocket-rs'
import { connect as connectSync } from 'websocket-rs/sync'
import { type AnyConnection, apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

/** The end of a connection, after everything that it received has been taken. */
async function ended(ws: AnyConnection): Promise<Closed> {
  try {
    for (;;) await ws.recv()
  } catch {
    return (await ws.closed) as Closed
  }
}

describe.each(apis)('$name', ({ connect }) => {
  test.each([1000, 1001])('has no error if the peer closes with %i', async (code) => {
    const ws = await connect(`${peer.ws}/close?code=${code}&reason=bye`)
    expect(await ended(ws)).toEqual({ code, reason: 'bye', wasClean: true })
  })

  test.each([1008, 1011, 4000])('has an error if the peer closes with %i', async (code) => {
    const ws = await connect(`${peer.ws}/close?code=${code}&reason=no`)
    expect(await ended(ws)).toMatchObject({
      code,
      reason: 'no',
      wasClean: true,
      error: { code: 'ERR_WS_CLOSED', closeCode: code },
    })
  })

  test('has no error after close() and after terminate()', async () => {
    const ws = await connect(peer.ws)
    await ws.close(4001, 'done')
    expect(await ws.closed).toEqual({ code: 4001, reason: 'done', wasClean: true })
    const other = await connect(peer.ws)
    other.terminate()
    expect(await other.closed).toEqual({ code: 1006, reason: '', wasClean: false })
  })

  test("has the peer's close code and its error after terminate()", async () => {
    // The peer leaves the TCP connection open after its close frame.
    const script = peer.script([{ accept: true }, { frame: { opcode: 8, hex: '03f0' } }, { sleep: 1000 }])
    const ws = await connect(script.url)
    await expect(async () => ws.recv()).rejects.toMatchObject({ closeCode: 1008 })
    ws.terminate()
    expect(await ws.closed).toMatchObject({ code: 1008, error: { code: 'ERR_WS_CLOSED', closeCode: 1008 } })
    await expect(async () => ws.recv()).rejects.toMatchObject({ closeCode: 1008 })
  })

  test('names a connection that is lost without a close frame', async () => {
    const ws = await connect(`${peer.ws}/close?code=1006&reset=1`)
    expect(await ended(ws)).toMatchObject({ code: 1006, wasClean: false, error: { code: 'ERR_WS_CLOSED' } })
  })

  test('has the violation that failed the connection, which iteration throws too', async () => {
    const ws = await connect(`${peer.ws}/source?count=1&size=2000`, { maxMessageSize: 1000 })
    const { error, code } = await ended(ws)
    expect(code).toBe(1009)
    expect(error).toMatchObject({ name: 'MessageTooBigError', code: 'ERR_WS_MESSAGE_TOO_BIG' })
    await expect(async () => ws.recv()).rejects.toMatchObject({ code: 'ERR_WS_MESSAGE_TOO_BIG' })
  })

  test('is in the event on websocket-rs:close', async () => {
    const events: CloseEvent[] = []
    const note = (event: unknown) => events.push(event as CloseEvent)
    channel('websocket-rs:close').subscribe(note)
    try {
      const ws = await connect(`${peer.ws}/close?code=1011`)
      await ended(ws)
      await ws.close()
      await (await connect(peer.ws)).close()
    } finally {
      channel('websocket-rs:close').unsubscribe(note)
    }
    expect(events.map(({ error }) => (error as { closeCode?: number } | undefined)?.closeCode)).toEqual([
      1011,
      undefined,
    ])
  })
})

describe('promise API', () => {
  test('settles without a call that receives, and is one promise', async () => {
    const ws = await connectAsync(`${peer.ws}/close?code=1011`)
    const { closed } = ws
    expect(ws.closed).toBe(closed)
    expect(await closed).toMatchObject({ code: 1011 })
    expect(await ws.closed).toBe(await closed)
  })

  test('settles for a connection that a loop keeps open again', async () => {
    for await (const ws of connectAsync.forever(`${peer.ws}/close?code=1011`)) {
      expect((await ws.closed).error).toMatchObject({ closeCode: 1011 })
      break
    }
  })
})

describe('blocking API', () => {
  test('is undefined while the connection is open', () => {
    const ws = connectSync(peer.ws)
    expect(ws.closed).toBeUndefined()
    ws.close()
    expect(ws.closed?.code).toBe(1000)
  })
})
