// The web API: events, their order and their classes, handlers and listeners.

import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { CloseEvent, ErrorEvent, MessageEvent, WebSocket } from 'websocket-rs/web'
import { peer } from '../support/peer.js'

/** The names of the events of a WebSocket, as they come, until it is closed. */
async function eventsOf(ws: WebSocket): Promise<string[]> {
  const names: string[] = []
  for (const name of ['open', 'message', 'error', 'close']) {
    ws.addEventListener(name, () => names.push(`${name} ${ws.readyState}`))
  }
  await once(ws, 'close')
  return names
}

async function open(url = `${peer.ws}/echo`): Promise<WebSocket> {
  const ws = new WebSocket(url)
  ws.binaryType = 'arraybuffer'
  await once(ws, 'open')
  return ws
}

test('fires open, message and close, with the states of the standard', async () => {
  const ws = new WebSocket(`${peer.ws}/source?count=2&size=1&kind=text`)
  expect(ws.readyState).toBe(WebSocket.CONNECTING)
  expect(await eventsOf(ws)).toEqual(['open 1', 'message 1', 'message 1', 'close 3'])
})

test('fires error and close in state 3 if no connection can be opened, and not before the next task', async () => {
  const ws = new WebSocket('ws://127.0.0.1:1')
  const closed = once(ws, 'close') as Promise<[CloseEvent]>
  const [error] = (await once(ws, 'error').catch((thrown: unknown) => [thrown])) as [ErrorEvent]
  expect(error).toBeInstanceOf(ErrorEvent)
  expect(error.error).toMatchObject({ name: 'ConnectError', code: 'ERR_WS_CONNECT' })
  expect(error.message).toBe(error.error.message)
  const [close] = await closed
  expect(close).toBeInstanceOf(CloseEvent)
  expect(close).toMatchObject({ code: 1006, reason: '', wasClean: false })
})

test('fires error and close with 1006 after a violation of the protocol', async () => {
  const script = peer.script([{ accept: true }, { hex: '8300' }, { readToEnd: true }])
  const ws = new WebSocket(script.url)
  const closed = once(ws, 'close') as Promise<[CloseEvent]>
  const errors: ErrorEvent[] = []
  ws.addEventListener('error', (event) => errors.push(event))
  expect((await closed)[0]).toMatchObject({ code: 1006, reason: '', wasClean: false })
  expect(errors.map(({ error }) => error.code)).toEqual(['ERR_WS_PROTOCOL'])
})

test('fires error and close with 1006 if the connection is lost', async () => {
  const script = peer.script([{ accept: true }])
  expect(await eventsOf(new WebSocket(script.url))).toEqual(['open 1', 'error 3', 'close 3'])
})

test('fires close without error after a close frame of the peer, whatever its code', async () => {
  const ws = new WebSocket(`${peer.ws}/close?code=1011&reason=why`)
  const closed = once(ws, 'close') as Promise<[CloseEvent]>
  expect(await eventsOf(ws)).toEqual(['open 1', 'close 3'])
  expect((await closed)[0]).toMatchObject({ code: 1011, reason: 'why', wasClean: true })
})

test('gives messages as text, ArrayBuffer and Blob, with the origin of the URL', async () => {
  const ws = await open()
  const received: MessageEvent[] = []
  ws.onmessage = (event) => {
    received.push(event)
    ws.binaryType = 'blob'
    if (received.length === 3) ws.close()
  }
  ws.send('text')
  ws.send(new Uint8Array([1, 2, 3]))
  ws.send(new Uint8Array([4, 5]).buffer)
  // The type is read when the message arrives.
  ws.binaryType = 'arraybuffer'
  await once(ws, 'close')
  const [text, first, second] = received.map(({ data }) => data) as [string, Blob, Blob]
  expect(text).toBe('text')
  for (const data of [first, second]) expect(data).toBeInstanceOf(Blob)
  expect(new Uint8Array(await second.arrayBuffer())).toEqual(new Uint8Array([4, 5]))
  expect(received[0]).toBeInstanceOf(MessageEvent)
  expect(received[0]).toMatchObject({
    type: 'message',
    origin: peer.ws,
    lastEventId: '',
    source: null,
    ports: [],
  })
})

test('gives an ArrayBuffer of its own for each message', async () => {
  const ws = await open()
  const messages: ArrayBuffer[] = []
  const closed = once(ws, 'close')
  ws.onmessage = ({ data }) => {
    messages.push(data)
    if (messages.length === 3) ws.close()
  }
  for (const length of [1, 2, 300_000]) ws.send(new Uint8Array(length).fill(length))
  await closed
  expect(messages.map((each) => each.byteLength)).toEqual([1, 2, 300_000])
  expect(
    messages.every((each) => new Uint8Array(each).every((byte) => byte === (each.byteLength & 255))),
  ).toBe(true)
})

test('lets code that awaits an event add its listeners before the next kind of event', async () => {
  for (let round = 0; round < 20; round += 1) {
    const ws = new WebSocket(`${peer.ws}/source?count=1&size=1&kind=text`)
    await once(ws, 'open')
    const message = (await once(ws, 'message')) as [MessageEvent]
    expect(message[0].data).toBe('0')
    await once(ws, 'close')
  }
})

test('drops messages after close()', async () => {
  const ws = await open(`${peer.ws}/source?count=1000&size=1`)
  let count = 0
  ws.onmessage = () => {
    count += 1
    ws.close()
  }
  await once(ws, 'close')
  expect(count).toBe(1)
})

test('keeps a handler in its place when it is replaced, and appends it after a removal', async () => {
  const ws = await open()
  const calls: string[] = []
  ws.onmessage = () => calls.push('first handler')
  ws.addEventListener('message', () => calls.push('listener'))
  ws.onmessage = () => calls.push('second handler')
  ws.send('')
  await once(ws, 'message')
  expect(calls.splice(0)).toEqual(['second handler', 'listener'])
  ws.onmessage = null
  ws.onmessage = () => calls.push('third handler')
  ws.send('')
  await once(ws, 'message')
  await turn()
  expect(calls).toEqual(['listener', 'third handler'])
  ws.close()
})

test('takes null for a handler that is no object, and does not call an object', async () => {
  const ws = await open()
  const handler = { handleEvent: () => expect.unreachable() }
  ws.onmessage = handler as never
  expect(ws.onmessage).toBe(handler)
  ws.send('')
  await once(ws, 'message')
  for (const value of ['text', 1, true, undefined]) {
    ws.onmessage = () => {}
    ws.onmessage = value as never
    expect(ws.onmessage).toBe(null)
  }
  ws.close()
})

test('calls a handler with the WebSocket as this, and listeners with capture and once', async () => {
  const ws = await open()
  const calls: unknown[] = []
  ws.onmessage = function (this: WebSocket, event) {
    calls.push(this === ws, event.target === ws, event.currentTarget === ws)
  }
  ws.addEventListener('message', () => calls.push('once'), { once: true })
  ws.addEventListener('message', { handleEvent: () => calls.push('object') })
  for (let round = 0; round < 2; round += 1) {
    ws.send('')
    await once(ws, 'message')
    await turn()
  }
  expect(calls).toEqual([true, true, true, 'once', 'object', true, true, true, 'object'])
  ws.close()
})

test('is a class of the standard: a subclass and dispatchEvent work, and other objects are refused', async () => {
  class Mine extends WebSocket {
    own = 1
  }
  const ws = new Mine(`${peer.ws}/echo`)
  expect(ws).toBeInstanceOf(EventTarget)
  expect(Object.prototype.toString.call(ws)).toBe('[object WebSocket]')
  const seen = once(ws, 'mine')
  ws.dispatchEvent(new Event('mine'))
  await seen
  expect(() => Reflect.get(WebSocket.prototype, 'readyState', {})).toThrow(TypeError)
  expect([WebSocket.length, WebSocket.name, ws.own]).toEqual([1, 'WebSocket', 1])
  ws.close()
  await once(ws, 'close').catch(() => {})
})

test('constructs events as the standard does', () => {
  expect(
    new CloseEvent('close', { code: 65_537.9, reason: 'r', wasClean: true, bubbles: true }),
  ).toMatchObject({
    type: 'close',
    code: 1,
    reason: 'r',
    wasClean: true,
    bubbles: true,
  })
  const port = {}
  const event = new MessageEvent('message', {
    data: 1,
    origin: 'o',
    lastEventId: 'i',
    ports: [port],
    source: port,
  })
  expect(event).toMatchObject({ data: 1, origin: 'o', lastEventId: 'i', ports: [port], source: port })
  expect(Object.isFrozen(event.ports)).toBe(true)
  event.initMessageEvent('other', true, false, 2)
  expect(event).toMatchObject({ type: 'other', bubbles: true, data: 2, origin: '', ports: [] })
  const error = new Error('e')
  expect(new ErrorEvent('error', { error, message: 'm', lineno: 3 })).toMatchObject({
    error,
    message: 'm',
    lineno: 3,
  })
  expect(new MessageEvent('message').data).toBe(null)
  for (const Class of [CloseEvent, MessageEvent, ErrorEvent]) {
    expect(() => Reflect.construct(Class, [])).toThrow(TypeError)
    expect(() => new Class('x', 1 as never)).toThrow(TypeError)
  }
})
