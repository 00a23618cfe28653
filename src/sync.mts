export * from './sync.js'
