/** The promise API for `import`. */

export * from './index.js'
