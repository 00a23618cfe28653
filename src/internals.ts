/** Exports for unit tests: built with the package, in the same module state, and not published. */

export { checkClose } from './connection/close.js'
export { afterTurn, Share } from './connection/fair-turns.js'
export { Inbox } from './connection/inbox.js'
export { Keepalive } from './connection/keepalive.js'
export { Outbox } from './connection/outbox.js'
export { Pings } from './connection/pings.js'
export { Reading } from './connection/reading.js'
export { Receiving } from './connection/receiving.js'
export { Waiters } from './connection/waiters.js'
export { describe as describeValue, invalid } from './errors/invalid.js'
export {
  type Failure,
  FRAME_COMPRESS,
  FRAME_CONTINUATION,
  FRAME_MORE,
  FRAME_PLAIN,
  ROW_HEADER,
  ROW_WORDS,
} from './native/binding.js'
export { native } from './native/dispatch.js'
export { extract, isExecutable } from './native/executable.js'
export { toError } from './native/failure.js'
export { loadError } from './native/load-error.js'
export { usesOpenssl } from './native/openssl-roots.js'
export { present, toPingPayload, toView } from './native/payload.js'
export { allocate, enter, Leases, leave } from './native/slabs.js'
export { toTimeout } from './options/checks.js'
export { COMPRESSION_OPTIONS } from './options/compression.js'
export { CONNECT_OPTIONS } from './options/connect.js'
export { RETRY_OPTIONS } from './options/forever.js'
export type { OptionRecord } from './options/records.js'
export { type Settings, toSettings } from './options/settings.js'
export { preferred } from './options/socket.js'
export { TLS_OPTIONS } from './options/tls.js'
export { toMax, toSignal } from './options/wait.js'
