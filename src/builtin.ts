/**
 * Node's modules that few need, or that are needed late. Each is loaded with its first use: all of them together
 * take as long to load as the rest of the package.
 */

export const crypto = (): typeof import('node:crypto') => require('node:crypto')
export const net = (): typeof import('node:net') => require('node:net')
export const tls = (): typeof import('node:tls') => require('node:tls')
export const workerThreads = (): typeof import('node:worker_threads') => require('node:worker_threads')
