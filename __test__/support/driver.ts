// Has every connect of the promise API, the `ws` API and the web API use the driver that WEBSOCKET_RS_TEST_DRIVER names;
// vitest loads it before every test file. Skips the tests that cannot hold for streams of Node, each with its reason.

import { basename } from 'node:path'
import { beforeEach } from 'vitest'

const { WEBSOCKET_RS_TEST_DRIVER: driver } = process.env

/** What differs with streams of Node: the test file, its tests, and why. */
const DIFFERENCES: readonly (readonly [file: string, tests: RegExp, why: string])[] = [
  ['busy-poll', /./, 'only native sockets are polled'],
  ['close', /reports a reset as 1006/, 'libuv reports a reset that comes with data as the end'],
  ['compressed', /terminate\(\) of a Worker/, 'a Worker that is terminated runs no JavaScript, which writes'],
  [
    'connect-on-loop',
    /starts no thread|while the thread was busy|the loop was late|lets the loop sleep/,
    'Tokio measures the time, and opens the stream of Node on its thread',
  ],
  [
    'deadlines',
    /websocket-rs, process stopped connect\(\)/,
    'connecting, Tokio measures the time, and does not wait for the stream of Node',
  ],
  ['fake-timers', /sinon/, 'streams of Node stand still while process.nextTick is replaced'],
  ['fake-timers', /sendTimeout|node-test/, 'the kernel takes the rest of a write after the call'],
  ['faults', /reports a reset between messages/, 'libuv reports a reset that comes with data as the end'],
  ['lookup', /blocking API/, 'the blocking API has no such driver'],
  ['many-connections', /messages of several connections together/, 'each stream of Node is read on its own'],
  [
    'message-stream',
    /readable has the chunks/,
    'libuv reads at most 64 KiB at a time: the next chunk comes later',
  ],
  [
    'parity-ends',
    /paused before/,
    'what a stream has that is paused is not read when the connection is ended',
  ],
  ['parity-tls', /certificate|resumed|issuers/, '`_socket` shows the session of native TLS only'],
  ['reuse-memory', /64 KiB/, 'libuv reads at most 64 KiB at a time, so such a message is gathered'],
  ['openssl', /without a common cipher/, 'the text is that of OpenSSL'],
  ['ws-api', /setKeepAlive/, 'only native sockets have it'],
  ['tls-unsupported', /./, 'OpenSSL supports what rustls does not'],
  ['tls-certificates', /name constraints above a certificate of version 1/, 'OpenSSL accepts it'],
  ['tls-certificates', /explains the rejection/, 'the text is that of OpenSSL'],
  ['tls-open', /code of a forged record|renegotiation/, 'OpenSSL renegotiates, and has texts of its own'],
  ['tls-options', /logs TLS secrets/, 'Node warns of its own TLS'],
  ['tls-options', /resumes a session/, 'sessions are not kept'],
  ['tls-pem', /does not trust an authority/, 'the text is that of OpenSSL'],
]

if (driver === 'socket') {
  const { preferred } = await import('./internals.js')
  preferred.driver = driver
  beforeEach(({ task, skip }) => {
    const file = basename(task.file.name, '.test.ts')
    const names: string[] = []
    for (
      let at: { name: string; suite?: object | undefined } | undefined = task;
      at;
      at = at.suite as typeof at
    )
      names.unshift(at.name)
    const found = DIFFERENCES.find(([of, tests]) => of === file && tests.test(names.join(' ')))
    if (found !== undefined) skip(found[2])
  })
} else if (driver) throw new Error(`unknown driver ${driver}`)
