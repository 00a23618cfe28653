// Connects on both APIs at each SIGUSR2, to one URL after another, and prints the outcomes. Arguments: the URLs.

import { connect } from 'websocket-rs'
import { connect as connectSync } from 'websocket-rs/sync'

const urls = process.argv.slice(2)

async function attempt(open) {
  try {
    const ws = await open()
    ws.terminate()
    return 'open'
  } catch ({ name, code, cause }) {
    return `${name} ${code} ${cause?.code}`
  }
}

let attempts = 0
process.on('SIGUSR2', async () => {
  const url = urls[attempts]
  attempts += 1
  console.log(`${attempts} promise ${await attempt(() => connect(url, { connectTimeout: 5000 }))}`)
  console.log(`${attempts} blocking ${await attempt(() => connectSync(url, { connectTimeout: 5000 }))}`)
  console.log(`${attempts} done`)
  if (attempts === urls.length) process.exit()
})
// Keeps the process alive. The test kills the process if it is left over.
setTimeout(() => {}, 120_000)
console.log('ready')
