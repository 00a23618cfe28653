/** What unit tests look at and no user imports: built as the rest is, in one module state with it, not published. */

export { checkClose } from './connection.js'
// biome-ignore lint/style/noRestrictedImports: tests of what no call of a face does.
export { native } from './environment.js'
export { toError } from './failure.js'
export { Inbox } from './inbox.js'
export { invalid } from './invalid.js'
export { Keepalive } from './keepalive.js'
export { loadError } from './loading.js'
export type { Failure } from './native.js'
export { usesOpenssl } from './openssl-roots.js'
export { type Settings, toMax, toSettings, toSignal, toTimeout } from './options.js'
export { Outbox } from './outbox.js'
export { describe as describeValue, present, toPingPayload, toView } from './payload.js'
export { Pings } from './pings.js'
export { allocate, enter, Leases, leave } from './slabs.js'
export { Waiters } from './waiters.js'
