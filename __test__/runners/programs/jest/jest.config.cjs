// The configuration of Jest for this folder: without transforms, with the package of the repository.

module.exports = {
  rootDir: __dirname,
  testMatch: ['<rootDir>/*.test.cjs'],
  transform: {},
  // Maps the names of the package to its entries.
  moduleNameMapper: {
    '^websocket-rs$': '<rootDir>/../../../../dist/index.js',
    '^websocket-rs/sync$': '<rootDir>/../../../../dist/sync.js',
  },
}
