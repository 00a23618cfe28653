// Errors for binaries that do not load, with the messages of dynamic loaders of other platforms.

import { expect, test } from 'vitest'
import { loadError } from '../support/internals.js'

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
  ['the executable has no asset websocket-rs.linux-x64-gnu.node', 'to the assets of the executable'],
  ['require is not defined', 'exclude websocket-rs from the bundle'],
  [
    'Dynamic require of "@websocket-rs/linux-x64-gnu" is not supported',
    'exclude websocket-rs from the bundle',
  ],
  ['an unknown message', 'Install again'],
])('quotes the message of the loader and suggests a remedy: %s', (reason, remedy) => {
  const { message } = loadError(new Error(reason))
  const [quote] = reason.replace(/\.?\r\n$/, '').split('\n')
  expect(message).toContain(`native binary: ${quote} (`)
  expect(message.slice(message.indexOf(quote as string) + (quote as string).length)).toContain(remedy)
})

test('names the package of this platform if it is not installed', () => {
  const { message } = loadError(
    new Error('@websocket-rs/linux-x64-gnu, the package for this platform, is not installed'),
  )
  expect(message).toContain(
    'native binary: @websocket-rs/linux-x64-gnu, the package for this platform, is not installed (',
  )
  expect(message).toContain('Install again')
})

test('does not suggest to install again if there is no package for the platform', () => {
  const { message } = loadError(new Error('there is no package for sunos-x64'))
  expect(message).toContain('native binary: there is no package for sunos-x64 (')
  expect(message).toContain('Use another platform, or build from source')
})
