// Exchanges compressed messages on many connections and prints by how much the process has grown, in bytes per connection.
// Arguments: the client (the name of a package), a URL, the number of connections, the messages of each.

const [, , client, url, connections, messages] = process.argv
const { open } = await import(client === 'ws' ? './compressed-ws.mjs' : './compressed-own.mjs')

/** Connections opened at a time. */
const LANES = 100
const SIZE = 1024
/** The settings that all clients have. */
const SETTINGS = { level: 6, memLevel: 8 }

/** Returns a text that no other repeats. */
function text(seed) {
  let state = seed + 1
  let made = ''
  while (made.length < SIZE) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    made += `{"price":${(state >>> 16) % 30_000},"side":"buy"},`
  }
  return made.slice(0, SIZE)
}

const all = []
let opening = 0

async function lane() {
  while (opening < Number(connections)) {
    opening += 1
    const connection = await open(client, url, SETTINGS)
    all.push(connection)
    for (let sent = 0; sent < Number(messages); sent += 1)
      await connection.exchange(text(all.length * messages + sent))
  }
}

const before = process.memoryUsage.rss()
await Promise.all(Array.from({ length: LANES }, lane))
console.log(Math.round((process.memoryUsage.rss() - before) / all.length))
for (const connection of all) connection.terminate()
