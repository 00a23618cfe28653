// Properties that hold for any input, with both APIs. A failure prints the seed and the smallest failing case.

import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type AnyConnection, apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const payload = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 3000 }),
  fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
  // Sizes around the limits of frame headers, windows and slabs.
  fc
    .constantFrom(0, 1, 125, 126, 4095, 4096, 65_535, 65_536, 65_537, 200_000)
    .map((size) => Buffer.alloc(size, 7)),
)

/** Expects the message that `sent` arrives as. */
function compare(message: string | Buffer, sent: string | Buffer): void {
  // Node replaces lone surrogates by U+FFFD when it encodes a string as UTF-8.
  if (typeof sent === 'string') expect(message).toBe(Buffer.from(sent).toString())
  // `toEqual` compares large Buffers byte by byte in JavaScript, which is slow.
  else expect(Buffer.isBuffer(message) && message.equals(sent)).toBe(true)
}

describe.each(apis)('$name', ({ connect }) => {
  test.each([false, true])(
    'echoes any messages unchanged and in order, reuseMemory %j',
    async (reuseMemory) => {
      const unlimited = { receiveQueue: { bytes: 0 }, highWaterMark: 0 }
      const ws = await connect(`${peer.ws}/echo`, { ...unlimited, reuseMemory })
      onTestFinished(() => ws.terminate())
      const property = fc.asyncProperty(
        fc.array(payload, { minLength: 1, maxLength: 20 }),
        async (messages) => {
          await ws.sendMany(messages)
          for (const message of messages) compare(await ws.recv(), message)
        },
      )
      await fc.assert(property, { numRuns: 500 })
      expect(ws.stats()).toMatchObject({ queuedMessages: 0, bufferedAmount: 0 })
    },
  )

  test('sends the bytes of a view of any type and offset', async () => {
    const ws = await connect(`${peer.ws}/echo`)
    onTestFinished(() => ws.terminate())
    const views = fc.tuple(
      fc.uint8Array({ minLength: 64, maxLength: 64 }),
      fc.nat(3),
      fc.nat(3),
      fc.constantFrom('Uint8Array', 'Int16Array', 'Float64Array', 'DataView'),
    )
    const property = fc.asyncProperty(views, async ([bytes, from, count, kind]) => {
      const make = { Uint8Array, Int16Array, Float64Array, DataView }[kind] as Uint8ArrayConstructor
      const view = new make(bytes.buffer as ArrayBuffer, from * 8, count)
      await ws.send(view)
      expect(await ws.recv()).toEqual(Buffer.from(view.buffer, view.byteOffset, view.byteLength))
    })
    await fc.assert(property, { numRuns: 200 })
  })

  test('sends any valid close code and reason unchanged, and rejects all others before it sends', async () => {
    const codes = fc.oneof(
      // The peer's codec does not know 1014 and answers 1002; wire/closing-handshake.test.ts covers that code.
      fc.integer({ min: 900, max: 5100 }).filter((code) => code !== 1014),
      fc.constantFrom(1000, 3000, 4999, 0, 65_536, 1000.5),
    )
    const property = fc.asyncProperty(codes, fc.string({ maxLength: 130 }), async (code, reason) => {
      const registered = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014)
      const allowed = Number.isInteger(code) && (registered || (code >= 3000 && code <= 4999))
      const ws = await connect(`${peer.ws}/echo`)
      try {
        if (allowed && Buffer.byteLength(reason) <= 123) {
          await ws.close(code, reason)
          expect(ws).toMatchObject({ readyState: 3, closeCode: code, wasClean: true })
        } else {
          const failing = async () => ws.close(code, reason)
          await expect(failing).rejects.toMatchObject({ name: 'TypeError', code: 'ERR_WS_INVALID_CLOSE' })
          expect(ws.readyState).toBe(1)
        }
      } finally {
        ws.terminate()
      }
    })
    await fc.assert(property, { numRuns: 150 })
  })

  test('connects or rejects with a typed error for any options', async () => {
    const value = fc.oneof(
      fc.anything(),
      fc.constantFrom(0, 1, -1, 5, Number.NaN, Number.POSITIVE_INFINITY, '', 'x', true),
    )
    const known = [
      ...['connectTimeout', 'receiveTimeout', 'sendTimeout', 'closeTimeout', 'pingInterval', 'pingTimeout'],
      ...[
        'protocols',
        'headers',
        'origin',
        'maxMessageSize',
        'highWaterMark',
        'receiveQueue',
        'tls',
        'busyPoll',
        'reuseMemory',
      ],
      ...[
        'localAddress',
        'family',
        'signal',
        'proxy',
        'compression',
        'followRedirects',
        'maxRedirects',
        'else',
      ],
    ]
    const options = fc.dictionary(fc.constantFrom(...known), value, { maxKeys: 3 })
    const property = fc.asyncProperty(options, async (given) => {
      let ws: AnyConnection | undefined
      try {
        // An option may make connecting fail, but nothing may make it hang.
        ws = await connect(`${peer.ws}/echo`, { ...given, connectTimeout: 2000 } as object)
        expect(ws.readyState).toBe(1)
      } catch (error) {
        const { name, code } = error as { name: string; code: string }
        expect(['TypeError', 'AbortError', 'ConnectError', 'HandshakeError', 'TimeoutError']).toContain(name)
        expect(code).toMatch(/^(ERR_WS_|ABORT_ERR)/)
      } finally {
        ws?.terminate()
      }
    })
    await fc.assert(property, { numRuns: 500 })
  })
})
