// v8-compile-cache compiles modules by itself: prints whether its ws is of this package.

require('v8-compile-cache')
const WebSocket = require('ws')

const ws = new WebSocket('ws://127.0.0.1:1')
ws.on('error', () => {})
console.log(Object.getOwnPropertySymbols(ws).some(({ description }) => description === 'client'))
