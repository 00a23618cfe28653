// Processes with the `ws` API: when they end.

import { describe, expect, test } from 'vitest'
import { run, success } from '../support/program.js'

const program = new URL('./programs/ws-terminated.mjs', import.meta.url)

describe.each(['ws', 'websocket-rs/ws'])('%s', (module) => {
  describe.each(['native', 'socket'])('%s', (driver) => {
    test.each([
      ['with a message that a close frame follows', 'beforeCloseFrame'],
      ['with bytes that are not sent', 'unsent'],
      ['and a pause that follows', 'beforePause'],
    ])('lets the process end after terminate() %s', async (_, when) => {
      expect(await run(program, [module, when, driver])).toEqual(success('close true', 'at once'))
    })
  })
})

test('keeps the process alive while messages of a socket of Node are decompressed', async () => {
  const decompressing = new URL('./programs/ws-decompressing.mjs', import.meta.url)
  expect(await run(decompressing)).toEqual(success('50'))
})
