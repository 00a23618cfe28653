// Only a pending connect keeps this process alive. Argument: a URL with a late upgrade response.

import { connect } from 'websocket-rs'

void connect(process.argv[2]).then((ws) => {
  console.log('connected')
  return ws.close()
})
