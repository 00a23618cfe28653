// Fails at what the peer sends and ends by itself, or closes.
// Arguments: the package, a URL, a certificate authority in PEM or nothing, `close` to close instead.

const [name, url, ca, what] = process.argv.slice(2)
const { connect } = await import(name)
const ws = await connect(url, { ...(ca ? { tls: { ca, maxVersion: 'TLSv1.2' } } : {}), maxMessageSize: 1000 })
try {
  if (what === 'close') await ws.close()
  else await ws.recv()
} catch (error) {
  console.log(error.code)
}
