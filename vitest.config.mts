import { defineConfig } from 'vitest/config'

// Some of the programs of peers/ and proxies/ are Debian packages; see the Makefile.
const peers = process.platform === 'linux' ? ['__test__/{peers,proxies}/**/*.test.ts'] : []

// Tests import 'websocket-rs' by name. The name resolves through the package's own exports map to
// dist/, and `external` leaves it there: Node loads the built files, Vite transforms none of them.
// So `import` and `require` in a test meet the one module state a user would meet.
export default defineConfig({
  test: {
    include: [
      '__test__/{unit,api,wire,properties,conformance,lifecycle,network,load,memory,package,runners}/**/*.test.ts',
      '.ci/**/*.test.mjs',
      ...peers,
    ],
    setupFiles: ['__test__/support/matching.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    server: { deps: { external: [/\/(dist|native)\//] } },
    // Handles and sockets are part of what is tested: a hung worker is a failure, so nothing retries.
    retry: 0,
  },
})
