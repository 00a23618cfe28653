// Enables and disables the replacement from code.

import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { enableMonkeypatch, disableMonkeypatch } = await import(process.env.REGISTER)
const { default: WebSocket } = await import('ws')

const isOurs = (Class) => {
  const ws = new Class('ws://127.0.0.1:1')
  ws.on('error', () => {})
  return Object.getOwnPropertySymbols(ws).some(({ description }) => description === 'client')
}
const report = () =>
  console.log(
    isOurs(WebSocket),
    isOurs(require('ws')),
    typeof require('ws').Server,
    typeof globalThis.WebSocket,
  )

report()
disableMonkeypatch()
report()
enableMonkeypatch()
enableMonkeypatch()
report()
console.log(require('ws') === WebSocket)
