// Only an open connection keeps this process alive. Arguments: the URL of a slow echo, `again` for unref() and ref().

import { connect } from 'websocket-rs'

const [, , url, how] = process.argv

void connect(url).then(async (ws) => {
  if (how === 'again') ws.unref().ref()
  await ws.send('late')
  console.log(await ws.recv())
  await ws.close()
})
