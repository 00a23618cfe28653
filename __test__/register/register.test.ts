// What websocket-rs/register replaces, and what it leaves to the originals.

import { describe, expect, test } from 'vitest'
import { counted, registered, run, warningsOf } from './programs.js'

const hasGlobal = typeof globalThis.WebSocket === 'function'
const env = { HAS_GLOBAL: String(hasGlobal) }

const WAYS = [
  ...[
    'require true,true,true',
    'import true,true',
    'deep true,true',
    'copy true',
    'ws 7 false',
    'again true',
  ],
  ...['Worker true', 'fork true', 'NODE_OPTIONS true'],
]

describe('websocket-rs/register', () => {
  test.each([
    ['by itself', registered],
    ['before tsx', [...registered, '--import', 'tsx']],
    ['after tsx', ['--import', 'tsx', ...registered]],
  ])('serves every way to ws 8: %s', async (_, flags) => {
    const { code, lines, stderr } = await run('ways.cjs', { flags })
    expect({ code, lines }).toEqual({ code: 0, lines: WAYS })
    expect(warningsOf(stderr)).toEqual([expect.stringContaining('ws 7.5.10')])
  })

  test('serves modules that v8-compile-cache has compiled', async () => {
    const { code, lines } = await run('compile-cache.cjs', { flags: registered })
    expect({ code, lines }).toEqual({ code: 0, lines: ['true'] })
  })

  test('keeps subclasses, sockets of servers and prototypes, and takes agents', async () => {
    const original = await run('behaviour.cjs', { flags: counted })
    const ours = await run('behaviour.cjs', { flags: [...counted, ...registered] })
    expect(original.lines).toHaveLength(9)
    expect(original.lines.at(-1)).toBe('opened 0')
    expect(ours).toEqual({ code: 0, lines: [...original.lines.slice(0, -1), 'opened 2'], stderr: '' })
  })

  test('loads native code with the first client', async () => {
    const { code, lines } = await run('late-native.cjs', { flags: registered })
    expect({ code, lines }).toEqual({
      code: 0,
      lines: ['ws is loaded 0', 'a server listens 0', 'a client is made 1'],
    })
  })

  test('is enabled and disabled from code', async () => {
    const { code, lines } = await run('code.mjs', { env })
    const disabled = `false false function ${hasGlobal ? 'function' : 'undefined'}`
    const enabled = 'true true function function'
    expect({ code, lines }).toEqual({ code: 0, lines: [enabled, disabled, enabled, 'true'] })
  })

  test('warns of a copy that was loaded before', async () => {
    const { lines, stderr } = await run('late.cjs')
    expect(lines).toEqual(['true true true'])
    expect(warningsOf(stderr)).toEqual([expect.stringContaining('was loaded before')])
  })

  test('replaces the global WebSocket, with events of the global classes', async () => {
    const { code, lines, stderr } = await run('global.mjs', { flags: [...counted, ...registered], env })
    const echo = ['echo true true true', '1005 true true']
    expect({ code, lines }).toEqual({ code: 0, lines: [...echo, ...(hasGlobal ? echo : []), 'opened 1'] })
    const expected = hasGlobal ? [expect.stringContaining('the option dispatcher needs undici')] : []
    expect(warningsOf(stderr)).toEqual(expected)
  })

  test('lists what was replaced if NODE_DEBUG has websocket-rs', async () => {
    const settings = { flags: registered, env: { ...env, NODE_DEBUG: 'websocket-rs' } }
    const { stderr } = await run('global.mjs', settings)
    expect(stderr).toMatch(/replaced ws 8\.23\.0 in .*node_modules.ws\n/)
    expect(stderr).toContain('replaced globalThis.WebSocket')
  })
})
