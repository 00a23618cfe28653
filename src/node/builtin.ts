/**
 * Node's modules that few need, or that are needed late. Each is loaded with its first use: together with the
 * package they would be 4 of 11 ms.
 */

export const asyncHooks = (): typeof import('node:async_hooks') => require('node:async_hooks')
export const crypto = (): typeof import('node:crypto') => require('node:crypto')
export const net = (): typeof import('node:net') => require('node:net')
export const timersPromises = (): typeof import('node:timers/promises') => require('node:timers/promises')
export const tls = (): typeof import('node:tls') => require('node:tls')
export const workerThreads = (): typeof import('node:worker_threads') => require('node:worker_threads')
