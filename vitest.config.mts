// The configuration of Vitest: which files are tests, and how they load the built package.

import { defaultExclude, defineConfig } from 'vitest/config'

// What peers/, proxies/ and site/ run are Debian packages: see the Makefile.
const DEBIAN = process.platform === 'linux' ? [] : ['__test__/{peers,proxies,site}/**']

// Files that measure memory, load the machine, or change the network or the clock: one at a time, and with no other file.
const ALONE = ['__test__/{lifecycle,load,memory,network}/**/*.test.ts', 'bench/**/*.test.ts']

// Tests import 'websocket-rs' by name, which the package's own exports map resolves to dist/. `external` has Node load
// those files untransformed, so `import` and `require` in a test share one module state, as they do for users.
export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'two at a time',
          include: ['__test__/**/*.test.ts', '.ci/**/*.test.mjs'],
          exclude: [...defaultExclude, ...ALONE, ...DEBIAN],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
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
