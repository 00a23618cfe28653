// Sends a text of 60 million letters of two bytes each, and prints what the peer says of it. Arguments: a URL, the module.

const [, , url, name] = process.argv
const { connect } = await import(name)

const ws = await connect(url)
await ws.send('é'.repeat(60_000_000))
console.log(String(await ws.recv()))
await ws.close()
