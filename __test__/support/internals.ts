// The one way for unit tests to modules the package does not export: the built ones, as users run them.

// biome-ignore-start lint/style/noRestrictedImports: unit tests are about what no user imports.
export { checkClose } from '../../dist/connection.js'
export { toError } from '../../dist/failure.js'
export { Inbox } from '../../dist/inbox.js'
export { invalid } from '../../dist/invalid.js'
export { Keepalive } from '../../dist/keepalive.js'
export { type Failure, native } from '../../dist/native.js'
export { type Settings, toMax, toSettings, toSignal, toTimeout } from '../../dist/options.js'
export { Outbox } from '../../dist/outbox.js'
export { describe as describeValue, toPingPayload, toView } from '../../dist/payload.js'
export { Pings } from '../../dist/pings.js'
export { allocate, enter, Leases, leave } from '../../dist/slabs.js'
export { Waiters } from '../../dist/waiters.js'
// biome-ignore-end lint/style/noRestrictedImports: see above
