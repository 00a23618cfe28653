// The one way for unit tests to what the package does not export: the built modules, as users run them.

// biome-ignore lint/style/noRestrictedImports: unit tests are about what no user imports.
export * from '../../dist/internals.js'
