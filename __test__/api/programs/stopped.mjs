// Connects or receives an echo; the test stops the process meanwhile. Arguments: package, URL, 'connect' or 'recv',
// timeout in ms.

const [name, url, operation, timeout] = process.argv.slice(2)
const { connect } = await import(name)
if (operation === 'connect') console.log('begun')
const ws = await connect(url, { connectTimeout: operation === 'connect' ? Number(timeout) : 30_000 })
if (operation === 'recv') {
  await ws.send('x')
  console.log('begun')
  await ws.recv({ timeout: Number(timeout) })
}
console.log('done')
ws.terminate()
