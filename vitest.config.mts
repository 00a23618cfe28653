// The configuration of Vitest: which files are tests, and how they load the built package.

import { defineConfig } from 'vitest/config'

// Some programs that peers/ and proxies/ use are Debian packages: see the Makefile.
const peers = process.platform === 'linux' ? ['__test__/{peers,proxies}/**/*.test.ts'] : []

// Tests import 'websocket-rs' by name, which the package's own exports map resolves to dist/. `external` has Node load
// those files untransformed, so `import` and `require` in a test share one module state, as they do for users.
export default defineConfig({
  test: {
    include: [
      '__test__/{unit,api,wire,properties,conformance,lifecycle,network,load,memory,package,runners,examples,compat,register}/**/*.test.ts',
      'bench/**/*.test.ts',
      ...peers,
      '.ci/**/*.test.mjs',
    ],
    setupFiles: ['__test__/support/matching.ts', '__test__/support/driver.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    server: { deps: { external: [/\/(dist|native)\//] } },
    // A hung worker means a leaked handle or socket, which is a failure.
    retry: 0,
    // For `make coverage`, which builds dist/ with source maps.
    coverage: {
      provider: 'v8',
      include: ['dist/*.js'],
      reportOnFailure: true,
      reporter: ['text', 'html'],
      reportsDirectory: 'build/coverage/typescript',
    },
  },
})
