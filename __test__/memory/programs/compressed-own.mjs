// The connections of compressed.mjs with either API of this package.

/** Opens a connection that compresses every message. */
export async function open(api, url, settings) {
  const { connect } = await import(api)
  const ws = await connect(url, { compression: { ...settings, threshold: 0 }, pingInterval: 0 })
  return {
    async exchange(message) {
      await ws.send(message)
      if ((await ws.recv()) !== message) throw new Error('received a text that was not sent')
    },
    terminate: () => ws.terminate(),
  }
}
