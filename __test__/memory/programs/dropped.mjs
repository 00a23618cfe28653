// Receives so many messages, keeps none, and prints the most memory outside of the heap that was held on the way.

const [, , face, url, want] = process.argv
const { connect } = await import(face)

/** Messages between two looks. */
const STRIDE = 16

const ws = await connect(url)
let peak = 0
for (let received = 0; received < Number(want); received += STRIDE) {
  for (let message = 0; message < STRIDE; message += 1) await ws.recv()
  peak = Math.max(peak, process.memoryUsage().arrayBuffers)
}
ws.terminate()
console.log(JSON.stringify({ peak }))
