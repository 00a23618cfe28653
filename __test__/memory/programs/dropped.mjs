// Receives messages without keeping them, and prints the peak of memory outside the heap.
// Arguments: the API, a URL, the number of messages.

const [, , api, url, want] = process.argv
const { connect } = await import(api)

/** The number of messages between two samples. */
const STRIDE = 16

const ws = await connect(url)
let peak = 0
for (let received = 0; received < Number(want); received += STRIDE) {
  for (let message = 0; message < STRIDE; message += 1) await ws.recv()
  peak = Math.max(peak, process.memoryUsage().arrayBuffers)
}
ws.terminate()
console.log(JSON.stringify({ peak }))
