// Both APIs, also in an environment whose global setTimeout returns a number.

const { connect } = require('websocket-rs')
const { connect: connectBlocking } = require('websocket-rs/sync')

const url = process.env.PEER

test('the promise API echoes', async () => {
  const ws = await connect(`${url}/echo`)
  for (const text of ['1', '2', '3']) await ws.send(text)
  expect([await ws.recv(), await ws.recv(), await ws.recv()]).toEqual(['1', '2', '3'])
  await ws.send(new Uint8Array([1, 2, 3]))
  expect([...(await ws.recv())]).toEqual([1, 2, 3])
  await expect(ws.recv({ timeout: 30 })).rejects.toMatchObject({ code: 'ERR_WS_RECEIVE_TIMEOUT' })
  await ws.close()
  expect(ws.closeCode).toBe(1000)
})

test('the blocking API echoes', () => {
  const ws = connectBlocking(`${url}/echo`)
  ws.send('x')
  expect(ws.recv()).toBe('x')
  expect(() => ws.recv({ timeout: 30 })).toThrow(expect.objectContaining({ code: 'ERR_WS_RECEIVE_TIMEOUT' }))
  ws.close()
  expect(ws.closeCode).toBe(1000)
})

test('messages that take many turns arrive, and close() ends without a reply', async () => {
  const ws = await connect(`${url}/source?count=200&size=32768&kind=binary`)
  let count = 0
  for await (const _message of ws) count += 1
  expect(count).toBe(200)
  const silent = await connect(`${url}/silent`, { closeTimeout: 50, pingInterval: 20 })
  await silent.close()
  expect(silent.readyState).toBe(3)
})

test('connect.forever backs off and gives up', async () => {
  const attempts = []
  const shouldReconnect = ({ attempt }) => attempts.push(attempt) < 2
  await expect(
    connect.forever(process.env.REFUSED, { backoff: { initial: 5 }, shouldReconnect }).next(),
  ).rejects.toMatchObject({ code: 'ERR_WS_CONNECT' })
  expect(attempts).toEqual([1, 2])
})
