// Has nothing to stay for but an open connection whose answer comes late.

import { connect } from 'websocket-rs'

const [, , url, how] = process.argv

void connect(url).then(async (ws) => {
  if (how === 'again') ws.unref().ref()
  await ws.send('late')
  console.log(await ws.recv())
  await ws.close()
})
