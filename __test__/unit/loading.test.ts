// Errors for binaries that do not load, with the messages of dynamic loaders of other platforms.

import { expect, test } from 'vitest'
import { loadError } from '../support/internals.js'

/** Returns the error of the generated loader: each attempt has the one before it as its cause. */
function chain(...messages: string[]): Error {
  const [first = '', ...rest] = messages
  return rest.reduce((cause, message) => new Error(message, { cause }), new Error(first))
}

const NOT_FOUND = [
  "Cannot find module 'websocket-rs-linux-x64-gnu'\nRequire stack:\n- /app/index.js",
  "Cannot find module './websocket-rs.wasi.cjs'",
  "Cannot find module 'websocket-rs-wasm32-wasi'",
  'Cannot find native binding. npm has a bug. Please try again.',
]

test.each([
  ['/a.node: failed to map segment from shared object: Operation not permitted', 'mounted noexec'],
  ["/lib/libc.so.6: version `GLIBC_2.34' not found (required by /a.node)", 'C library is too old'],
  ['/a.node: cannot open shared object file: Too many open files', 'ulimit -n'],
  ['/a.node: failed to map segment from shared object: Cannot allocate memory', 'memory limit'],
  ['/a.node: wrong ELF class: ELFCLASS32', 'for another platform'],
  [
    'Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /a.node)',
    'another C library',
  ],
  ['Error relocating /a.node: __res_init: symbol not found', 'another C library'],
  ['libc.musl-x86_64.so.1: cannot open shared object file: No such file or directory', 'another C library'],
  ['Error loading shared library libgcc_s.so.1: No such file or directory (needed by /a.node)', 'install it'],
  ['/a.node: undefined symbol: napi_add_env_cleanup_hook', 'Update Node'],
  ['\\\\?\\C:\\a.node is not a valid Win32 application.\r\n', 'for another platform'],
  ['The specified module could not be found.\r\n', 'install it'],
  [
    "dlopen(/a.node, 0x0001): tried: '/a.node' (mach-o file, but is an incompatible architecture)",
    'for another platform',
  ],
  [
    "dlopen(/a.node, 0x0001): tried: '/a.node' (code signature in <1> not valid for use in process)",
    'signature',
  ],
  ['an unknown message', 'Install again'],
])('quotes the message of the loader and suggests a remedy: %s', (reason, remedy) => {
  const { message } = loadError(chain(reason, ...NOT_FOUND))
  const [quote] = reason.replace(/\.?\r\n$/, '').split('\n')
  expect(message).toContain(`native binary: ${quote} (`)
  expect(message.slice(message.indexOf(quote as string) + (quote as string).length)).toContain(remedy)
})

test('names the missing package of this platform, and no other', () => {
  const { message } = loadError(chain("Cannot find module './websocket-rs.linux-x64-gnu.node'", ...NOT_FOUND))
  expect(message).toContain(
    'native binary: websocket-rs-linux-x64-gnu, the package for this platform, is not installed (',
  )
  expect(message).toContain('Install again')
})
