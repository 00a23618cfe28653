// Receives until the connection fails and prints the error code, or closes the connection.
// Arguments: package, URL, certificate authority in PEM (may be empty), `close` to close instead of receiving.

const [name, url, ca, action] = process.argv.slice(2)
const { connect } = await import(name)
const ws = await connect(url, { ...(ca ? { tls: { ca, maxVersion: 'TLSv1.2' } } : {}), maxMessageSize: 1000 })
try {
  if (action === 'close') await ws.close()
  else await ws.recv()
} catch (error) {
  console.log(error.code)
}
