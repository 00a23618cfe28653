/**
 * Modules of Node that are loaded with their first use, because few programs need them or all need them late. Loaded
 * with the package, they would take 4 of 11 ms.
 */

export const asyncHooks = (): typeof import('node:async_hooks') => require('node:async_hooks')
export const crypto = (): typeof import('node:crypto') => require('node:crypto')
export const http = (): typeof import('node:http') => require('node:http')
export const https = (): typeof import('node:https') => require('node:https')
export const net = (): typeof import('node:net') => require('node:net')
export const os = (): typeof import('node:os') => require('node:os')
export const stream = (): typeof import('node:stream') => require('node:stream')
export const streams = (): typeof import('node:stream/web') => require('node:stream/web')
export const timersPromises = (): typeof import('node:timers/promises') => require('node:timers/promises')
export const tls = (): typeof import('node:tls') => require('node:tls')
export const workerThreads = (): typeof import('node:worker_threads') => require('node:worker_threads')
