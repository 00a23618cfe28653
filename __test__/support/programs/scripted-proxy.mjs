// A CONNECT and SOCKS5 proxy whose behaviour the user name selects: a key of RESPONSES or REPLIES, 'hang', 'end',
// 'noise', 'ten' or 'wrong'. Any other user, or none, gets a tunnel. If the request has `X-Show: yes`, the proxy
// responds with 403 and the bytes of the request. Usage: scripted-proxy.mjs [CERT KEY]. Serves TLS if a certificate is
// given. Prints its port, then the target of each tunnel. Exits when its standard input ends.

import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { pipeline } from 'node:stream'
import { createServer as createTlsServer } from 'node:tls'

const [, , cert, key] = process.argv
const HEAD = 'HTTP/1.1 200 Connection established\r\n'

/** Responses to CONNECT instead of a tunnel. */
const RESPONSES = {
  deny: 'HTTP/1.1 403 Forbidden\r\nX-Why: rules\r\nContent-Length: 6\r\n\r\ndenied',
  old: 'HTTP/1.0 503 Busy\r\n\r\nlater',
  ask: 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n',
  noise: 'SSH-2.0-OpenSSH_9\r\n\r\n',
  large: `${HEAD}X: ${'x'.repeat(20_000)}\r\n\r\n`,
  early: `${HEAD}\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n`,
}

/** Replies to a SOCKS5 request instead of a tunnel: the reply field of RFC 1928 section 6. */
const REPLIES = { deny: 2, refuse: 5, unreachable: 4, network: 3, late: 6, general: 1, family: 8 }

/** Reads until `isComplete`. `begun` has been read already. */
function read(socket, isComplete, begun = Buffer.alloc(0)) {
  if (isComplete(begun)) return begun
  return new Promise((resolve) => {
    let all = begun
    const take = (chunk) => {
      all = Buffer.concat([all, chunk])
      if (!isComplete(all)) return
      socket.off('data', take)
      socket.pause()
      resolve(all)
    }
    socket.on('data', take).resume()
  })
}

function open(socket, host, port, greeting) {
  console.log(`${host}:${port}`)
  const far = connect(port, host, () => {
    socket.write(greeting)
    pipeline(socket, far, socket, () => {})
  }).on('error', () => socket.destroy())
}

async function http(socket, begun) {
  const head = (await read(socket, (all) => all.includes('\r\n\r\n'), begun)).toString('latin1')
  const [, host, port] = /^CONNECT (\S+):(\d+) HTTP\/1\.1\r\n/.exec(head) ?? []
  const [, pair = ''] = /^Proxy-Authorization: Basic (\S+)\r$/m.exec(head) ?? []
  const [user] = Buffer.from(pair, 'base64').toString().split(':')
  if (/^X-Show: yes\r$/m.test(head)) {
    socket.write(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${head.length}\r\n\r\n`)
    return socket.end(head, 'latin1')
  }
  if (user === 'hang') return
  if (user === 'end') return socket.end()
  if (RESPONSES[user]) return socket.end(RESPONSES[user])
  const greeting = user === 'ten' ? 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n' : `${HEAD}\r\n`
  open(socket, host.replace(/[[\]]/g, ''), Number(port), greeting)
}

async function socks(socket, begun) {
  const method = begun.includes(2, 2) ? 2 : 0
  socket.write(Buffer.from([5, method]))
  let user = ''
  if (method === 2) {
    const pair = await read(socket, (all) => all.length > 2 && all.length >= 3 + all[1] + all[2 + all[1]])
    user = pair.subarray(2, 2 + pair[1]).toString()
    socket.write(Buffer.from([1, user === 'wrong' ? 1 : 0]))
  }
  const request = await read(socket, (all) => all.length >= 10)
  if (user === 'hang') return
  if (user === 'end') return socket.end()
  if (user === 'noise') return socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
  if (REPLIES[user]) return socket.end(Buffer.from([5, REPLIES[user], 0, 1, 0, 0, 0, 0, 0, 0]))
  const host =
    request[3] === 3 ? request.subarray(5, 5 + request[4]).toString() : request.subarray(4, 8).join('.')
  open(socket, host, request.readUInt16BE(request.length - 2), Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
}

async function serve(socket) {
  socket.on('error', () => {})
  const begun = await read(socket, (all) => all.length > 0)
  await (begun[0] === 5 ? socks : http)(socket, begun)
}

const server =
  cert === undefined
    ? createServer(serve)
    : createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, serve)
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.stdin.on('end', () => process.exit()).resume()
