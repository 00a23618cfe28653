// Connects, or receives an echo; the process is stopped meanwhile. Arguments: the package, a URL, which of the two, the
// timeout in ms.

const [name, url, what, timeout] = process.argv.slice(2)
const { connect } = await import(name)
if (what === 'connect') console.log('begun')
const ws = await connect(url, { connectTimeout: what === 'connect' ? Number(timeout) : 30_000 })
if (what === 'recv') {
  await ws.send('x')
  console.log('begun')
  await ws.recv({ timeout: Number(timeout) })
}
console.log('done')
ws.terminate()
