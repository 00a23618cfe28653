// Exchanges one message, then 200 KiB, and prints which modules of Node were loaded after the first, and what became of the
// memory of the first and of the last message when the program tried to transfer it. Arguments: the entry, the URL.
const [, , entry, url] = process.argv

/** Tries each way to transfer the memory of a message. Returns the bytes that are left of it. */
function transfer({ buffer }) {
  for (const attempt of [() => structuredClone(buffer, { transfer: [buffer] }), () => buffer.transfer?.()]) {
    try {
      attempt()
    } catch {
      // Refused.
    }
  }
  return buffer.byteLength
}

async function echo(ws, message) {
  await ws.send(message)
  return ws.recv()
}

async function main() {
  const { connect } = require(entry)
  const ws = await connect(url)
  const first = await echo(ws, Buffer.from('first'))
  const modules = [...process.moduleLoadList]
  let last = first
  for (let count = 0; count < 200; count++) last = await echo(ws, Buffer.alloc(1024, count))
  const slabs = new Set([first.buffer, last.buffer]).size
  const left = [first, last].map(transfer)
  await ws.close()
  console.log(JSON.stringify({ modules, slabs, left, first: first.toString(), last: last.at(-1) }))
}

void main()
