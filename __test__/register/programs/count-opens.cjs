// Loaded before a program: prints at its exit how many connections this package has opened.

const { subscribe } = require('node:diagnostics_channel')

let opens = 0
subscribe('websocket-rs:open', () => {
  opens += 1
})
process.on('exit', () => console.log(`opened ${opens}`))
