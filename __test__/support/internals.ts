// Exports internal modules of the built package to the unit tests.

// biome-ignore lint/style/noRestrictedImports: unit tests check modules that the package does not export.
export * from '../../dist/internals.js'
