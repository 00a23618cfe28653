/** The blocking API for `import`. */

export * from './sync.js'
