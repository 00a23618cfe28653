// Sends or receives one message that is larger than memory, and prints what that took.

const [api, url, direction, bytes] = process.argv.slice(2)
const { connect } = await import(api)
const MIB = 1024 * 1024

let most = 0
const sample = () => {
  most = Math.max(most, process.memoryUsage.rss())
}

function* chunks(count) {
  for (let left = count; left > 0; left -= MIB) {
    sample()
    // A new one each time, as from a file.
    yield Buffer.alloc(Math.min(left, MIB), 'chunk')
  }
}

async function* slowly(count) {
  yield* chunks(count)
}

async function send(ws) {
  await ws.send(api.endsWith('sync') ? chunks(Number(bytes)) : slowly(Number(bytes)))
  return (await ws.recvJSON({ timeout: 0 })).bytes
}

async function receive(ws) {
  let received = 0
  for await (const chunk of await ws.recvStream()) {
    received += chunk.length
    sample()
  }
  return received
}

const ws = await connect(`${url}/${direction}?bytes=${bytes}`, { pingInterval: 0, sendTimeout: 0 })
const before = process.memoryUsage.rss()
const startedAt = performance.now()
const moved = await (direction === 'send' ? receive(ws) : send(ws))
const seconds = (performance.now() - startedAt) / 1000
ws.terminate()
console.log(JSON.stringify({ moved, growth: most - before, seconds }))
