// The negotiation of permessage-deflate with any offer and any answer: what opens a connection satisfies the offer.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CompressionOptions } from 'websocket-rs'
import { apis } from '../support/apis.js'
import { peer } from '../support/peer.js'

const bits = fc.integer({ min: 8, max: 15 })

const offers = fc.record(
  {
    serverNoContextTakeover: fc.boolean(),
    clientNoContextTakeover: fc.boolean(),
    serverMaxWindowBits: bits,
    clientMaxWindowBits: fc.oneof(fc.boolean(), bits),
  },
  { requiredKeys: [] },
)

/** Values of parameters: those of window bits, and others. */
const value = fc.oneof(
  { weight: 20, arbitrary: bits.map(String) },
  fc.constantFrom('7', '16', '08', '', '1 0', 'x'),
)

const parameter = fc
  .tuple(
    fc.oneof(
      { weight: 10, arbitrary: fc.constantFrom('server_max_window_bits', 'client_max_window_bits') },
      { weight: 10, arbitrary: fc.constantFrom('server_no_context_takeover', 'client_no_context_takeover') },
      fc.constantFrom('x', 'Server_Max_Window_Bits'),
    ),
    fc.oneof(
      { weight: 20, arbitrary: fc.constant(undefined) },
      value,
      value.map((text) => `"${text}"`),
    ),
    value,
  )
  // Mostly with the kind of value that the parameter takes.
  .map(([name, odd, number]) =>
    [name, odd ?? (name.endsWith('_bits') ? number : undefined)]
      .filter((part) => part !== undefined)
      .join('='),
  )

const line = fc
  .tuple(
    fc.oneof({ weight: 20, arbitrary: fc.constant('permessage-deflate') }, fc.constantFrom('x', '')),
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.uniqueArray(parameter, { maxLength: 4, selector: (each) => each.split('=')[0] }),
      },
      fc.array(parameter, { maxLength: 4 }),
    ),
  )
  .map(([name, parameters]) => [name, ...parameters].join('; '))

const answers = fc.oneof(
  { weight: 5, arbitrary: line.map((only) => [only]) },
  fc.array(line, { maxLength: 2 }),
  fc.constant<string[]>([]),
)

type Parameters = Map<string, number | true>

/** Reads an answer without quotes. Returns `undefined` if it is not valid whatever was offered. */
function read(lines: string[]): Parameters | 'declined' | undefined {
  const [line, ...more] = lines.filter((each) => each !== '')
  if (line === undefined) return 'declined'
  const [name, ...parameters] = line
    .replace(/="([\w]*)"/g, (whole, text) => (text === '' ? whole : `=${text}`))
    .split('; ')
  const read: Parameters = new Map()
  for (const each of parameters) {
    const [, flag, window, number] =
      /^(?:((?:server|client)_no_context_takeover)|((?:server|client)_max_window_bits)=([89]|1[0-5]))$/.exec(
        each,
      ) ?? []
    const key = flag ?? window
    if (key === undefined || read.has(key)) return undefined
    read.set(key, flag === undefined ? Number(number) : true)
  }
  return name === 'permessage-deflate' && more.length === 0 ? read : undefined
}

/** Whether an answer satisfies an offer. */
function satisfies(answer: Parameters, offer: CompressionOptions): boolean {
  const { serverNoContextTakeover = false, serverMaxWindowBits, clientMaxWindowBits = true } = offer
  const window = (side: string) => answer.get(`${side}_max_window_bits`) as number | undefined
  const most = { true: 15, false: 0 }[String(clientMaxWindowBits)] ?? (clientMaxWindowBits as number)
  return (
    (answer.has('server_no_context_takeover') || !serverNoContextTakeover) &&
    (serverMaxWindowBits === undefined || (window('server') ?? 16) <= serverMaxWindowBits) &&
    (window('client') ?? 0) <= most
  )
}

describe.each(apis)('$name', ({ connect }) => {
  test('opens a connection if the answer satisfies the offer, and only then', async () => {
    const outcomes = { open: 0, declined: 0, refused: 0 }
    const property = fc.asyncProperty(offers, answers, async (compression, lines) => {
      const headers = lines.map((line) => `Sec-WebSocket-Extensions: ${line}\r\n`).join('')
      const head =
        'HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n'
      const script = peer.script([{ text: `${head}${headers}\r\n` }, { readToEnd: true }])
      const opening = connect(script.url, { compression })
      const answer = read(lines)
      if (answer === undefined || (answer !== 'declined' && !satisfies(answer, compression))) {
        outcomes.refused += 1
        await expect(opening).rejects.toMatchObject({ code: 'ERR_WS_INVALID_EXTENSION' })
        return
      }
      const ws = await opening
      ws.terminate()
      outcomes[answer === 'declined' ? 'declined' : 'open'] += 1
      expect(ws.extensions.startsWith('permessage-deflate')).toBe(answer !== 'declined')
      if (answer === 'declined') return
      const windows = [...answer].filter(([, bits]) => bits !== true && bits < 15)
      for (const [name, bits] of windows) expect(ws.extensions).toContain(`; ${name}=${bits}`)
    })
    await fc.assert(property, { numRuns: 500 })
    // The inputs reach every outcome.
    for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(20)
  })
})
