// Jest over these files: nothing is transformed, and the package is that of the repository.

module.exports = {
  rootDir: __dirname,
  testMatch: ['<rootDir>/*.test.cjs'],
  transform: {},
  // The name leads to the package's own exports.
  moduleNameMapper: {
    '^websocket-rs$': '<rootDir>/../../../../dist/index.js',
    '^websocket-rs/sync$': '<rootDir>/../../../../dist/sync.js',
  },
}
