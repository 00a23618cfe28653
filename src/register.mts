/** The replacement of `ws` and of the global WebSocket, for `import`. */

export * from './register.js'
