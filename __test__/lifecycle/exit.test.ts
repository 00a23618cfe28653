// When a process ends by itself, when a connection keeps it alive, and process.exit() at any time.

import { describe, expect, test } from 'vitest'
import { peer } from '../support/peer.js'
import { run, success } from '../support/program.js'

const program = (name: string) => new URL(`./programs/${name}.mjs`, import.meta.url)
const APIS = ['websocket-rs', 'websocket-rs/sync']

describe.each(APIS)('%s', (api) => {
  test('lets the process end after close()', async () => {
    expect(await run(program('echo'), [api, `${peer.ws}/echo`])).toEqual(
      success('text', 'binary', 'closed 1000'),
    )
  })

  test('lets the process end while an unreferenced connection is open', async () => {
    expect(await run(program('unreferenced'), [api, `${peer.ws}/echo`])).toEqual(success('x', 'state 1'))
  })

  test.each(['connect', 'message', 'iteration', 'tick'])(
    'lets process.exit() end the process in: %s',
    async (place) => {
      expect(await run(program('exit'), [api, `${peer.ws}/echo`, place])).toEqual({ ...success(), code: 7 })
    },
  )
})

describe('the promise API', () => {
  test('lets the process end while recv() is pending on an unreferenced connection', async () => {
    const ending = await run(program('unreferenced'), ['websocket-rs', `${peer.ws}/echo`, 'waiting'])
    expect(ending).toEqual(success('x', 'state 1'))
  })

  test.each([[[]], [['worker']]])(
    'gives every queued message to a loop that waits for turns on an unreferenced connection: %j',
    async (how) => {
      const url = `${peer.ws}/source?count=200&size=1&close=0`
      const lines = ['200 messages, turns: true', ...how.map(() => 'worker 0')]
      expect(await run(program('queued'), ['websocket-rs', url, ...how])).toEqual(success(...lines))
    },
  )

  test('keeps the process alive while a connection is open', async () => {
    expect(await run(program('referenced'), [`${peer.ws}/slow?delay=500`])).toEqual(success('late'))
  })

  test('keeps the process alive after unref() and ref()', async () => {
    const ending = await run(program('referenced'), [`${peer.ws}/slow?delay=500`, 'again'])
    expect(ending).toEqual(success('late'))
  })

  test.each(['referenced', 'again'])(
    'keeps the process alive while its receive queue is full: %s',
    async (how) => {
      const ending = await run(program('full-queue'), [`${peer.ws}/echo`, how])
      expect(ending).toEqual(success('ERR_WS_PING_TIMEOUT', 'kept'))
    },
  )

  test('lets the process end with a full receive queue if the connection is unreferenced', async () => {
    expect(await run(program('full-queue'), [`${peer.ws}/echo`, 'unreferenced'])).toEqual(success())
  })

  test('keeps the process alive while it connects', async () => {
    const ending = await run(program('connecting'), [`${peer.ws}/slow-handshake?delay=500`])
    expect(ending).toEqual(success('connected'))
  })

  test.each(['close', 'unref, close', 'close, unref'])(
    'keeps the process alive until the connection has closed: %s',
    async (what) => {
      const silent = await run(program('closing'), [`${peer.ws}/silent`, '500', what])
      expect(silent).toEqual(success('closed 1006', 'state 3'))
      // The end of the connection ends the wait, too.
      const closed = await run(program('closing'), [`${peer.ws}/echo`, '600000', what])
      expect(closed).toEqual(success('closed 1000', 'state 3'))
    },
  )

  test('lets the process end while an unreferenced connection waits for the end that its peer has begun', async () => {
    const script = peer.script([{ accept: true }, { hex: '880203e8' }, { sleep: 60_000 }])
    const ending = await run(program('closing'), [script.url, '600000', 'unref'])
    expect(ending).toEqual(success('state 2'))
  })

  test.each([
    ['waiting', '/silent'],
    ['closing', '/silent'],
    ['sending', '/deaf'],
    ['connecting', '/hang'],
  ])('lets process.exit() end the process while a call is pending: %s', async (place, path) => {
    const ending = await run(program('exit'), ['websocket-rs', peer.ws + path, place])
    expect(ending).toEqual({ ...success(), code: 7 })
  })
})

describe('user code', () => {
  test.each(['continuation', 'microtask', 'tick', 'iteration'])(
    'that throws while it handles a message ends the process with code 1: %s',
    async (place) => {
      const ending = await run(program('throw'), [`${peer.ws}/echo`, place])
      expect(ending).toMatchObject({ code: 1, signal: null, lines: [] })
      expect(ending.stderr).toContain('thrown on purpose')
    },
  )

  test('that throws does not stop the delivery of any connection', async () => {
    expect(await run(program('throwing-consumers'), [`${peer.ws}/source`])).toEqual(
      success('received 1000,1000,1000,1000', 'thrown 200'),
    )
  })

  test('keeps its AsyncLocalStorage context across connect, send, recv, ping and close', async () => {
    expect(await run(program('context'), [`${peer.ws}/echo`])).toEqual(success('wrong 0'))
  })
})

test('import and require return the same classes and load the binary once', async () => {
  expect(await run(program('identity'), [`${peer.ws}/echo`])).toEqual(
    success('classes true', 'errors true', 'instances true', 'blocking true', 'binaries 1', 'loads 1'),
  )
})
