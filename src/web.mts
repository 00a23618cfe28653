/** The web API for `import`. */

export * from './web.js'
