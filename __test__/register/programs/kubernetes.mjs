// @kubernetes/client-node: runs a command in a container. The server asks for a certificate, which an agent has.

import { createServer } from 'node:https'
import { PassThrough } from 'node:stream'
import { Exec, KubeConfig } from '@kubernetes/client-node'
import { WebSocketServer } from 'ws'

const { CERT: cert, KEY: key, CA: ca } = process.env
const http = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true })
const server = new WebSocketServer({ server: http, handleProtocols: ([first]) => first })
const STDIN = 0
const STDOUT = 1
const STATUS = 3
server.on('connection', (socket, { url }) => {
  const { searchParams } = new URL(url, 'https://localhost')
  console.log(socket.protocol, searchParams.getAll('command').join(' '))
  socket.on('message', (data) => {
    if (data[0] !== STDIN) return
    socket.send(Buffer.from([STDOUT, ...data.subarray(1)]))
    socket.send(Buffer.from([STATUS, ...Buffer.from('{"status":"Success"}')]))
    socket.close()
  })
})
await new Promise((resolve) => http.listen(0, resolve))

const encode = (pem) => Buffer.from(pem).toString('base64')
const config = new KubeConfig()
config.loadFromOptions({
  clusters: [{ name: 'here', server: `https://localhost:${http.address().port}`, caData: encode(ca) }],
  users: [{ name: 'me', certData: encode(cert), keyData: encode(key) }],
  contexts: [{ name: 'now', cluster: 'here', user: 'me' }],
  currentContext: 'now',
})
const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
stdout.on('data', (data) => console.log(`${data}`))
const exec = new Exec(config)
const report = ({ status }) => console.log(status)
const command = ['cat', '-']
const ws = await exec.exec('default', 'pod', 'main', command, stdout, stderr, stdin, false, report)
stdin.write('hello')
await new Promise((resolve) => ws.on('close', resolve))
server.close()
http.close()
