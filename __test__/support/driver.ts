// Has every connect of the promise API, the `ws` API and the web API use the driver that WEBSOCKET_RS_TEST_DRIVER names;
// vitest loads it before every test file.
//
// Tests that cannot hold for streams of Node are skipped by `describeNative` and `testNative`, with the reason.

const { WEBSOCKET_RS_TEST_DRIVER: driver } = process.env

if (driver === 'socket') {
  const { preferred } = await import('./internals.js')
  preferred.driver = driver
} else if (driver) throw new Error(`unknown driver ${driver}`)
