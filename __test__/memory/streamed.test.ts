// Messages larger than memory, sent and received as streams. 1 GiB each; 4 GiB with WEBSOCKET_RS_STREAM_GIB=4.

import { expect, test } from 'vitest'
import { run, start } from '../support/program.js'
import { MIB } from './flat.js'

const program = (name: string) => new URL(`./programs/${name}.mjs`, import.meta.url)
const GIB = Number(process.env.WEBSOCKET_RS_STREAM_GIB ?? 1)
const BYTES = GIB * 1024 * MIB
/** How much the process may grow, chunks included that V8 has not collected yet. */
const MAX_GROWTH = 64 * MIB

test.each([
  ['websocket-rs', 'receive'],
  ['websocket-rs', 'send'],
  ['websocket-rs/sync', 'receive'],
  ['websocket-rs/sync', 'send'],
])(
  `%s can %s a message of ${GIB} GiB in little memory`,
  async (api, verb) => {
    const url = await start(program('streaming-server'), []).printed(/^ws:/)
    // The server does the opposite.
    const direction = verb === 'send' ? 'receive' : 'send'
    const { lines, ...rest } = await run(program('streamed'), [api, url, direction, String(BYTES)])
    expect(rest).toEqual({ code: 0, signal: null, stderr: '' })
    const { moved, growth, seconds } = JSON.parse(lines[0] as string) as Record<string, number>
    console.log(
      `${api} ${verb}: ${Math.round((growth as number) / MIB)} MiB more, ${(seconds as number).toFixed(1)} s`,
    )
    expect(moved).toBe(BYTES)
    expect(growth).toBeLessThan(MAX_GROWTH)
  },
  GIB * 60_000,
)
