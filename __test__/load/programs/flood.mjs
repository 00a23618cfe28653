// Receives from a peer that never stops sending. Prints how late timers were and how many turns were pending at once.
// Arguments: a URL, milliseconds, `unreferenced` to print only that the last timer ran.

import { connect } from 'websocket-rs'

const [url, milliseconds, how] = process.argv.slice(2)
const ws = await connect(url, { connectTimeout: 60_000 })
let received = 0
const reading = (async () => {
  for await (const _ of ws) received += 1
})().catch(() => {})

if (how === 'unreferenced') {
  ws.unref()
  // Nothing else keeps the process alive.
  setTimeout(() => console.log('last timer'), Number(milliseconds))
} else {
  let [gap, immediates, last] = [0, 0, performance.now()]
  const timer = setInterval(() => {
    const now = performance.now()
    gap = Math.max(gap, now - last)
    last = now
    const pending = process.getActiveResourcesInfo().filter((kind) => kind === 'Immediate')
    immediates = Math.max(immediates, pending.length)
  }, 1)
  setTimeout(async () => {
    clearInterval(timer)
    const { readyState } = ws
    const { bytesReceived } = ws.stats()
    ws.terminate()
    await reading
    console.log(JSON.stringify({ gap, immediates, received, bytesReceived, readyState }))
  }, Number(milliseconds))
}
