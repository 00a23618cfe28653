// Has nothing to stay for but a connect whose answer comes late.

import { connect } from 'websocket-rs'

void connect(process.argv[2]).then((ws) => {
  console.log('connected')
  return ws.close()
})
