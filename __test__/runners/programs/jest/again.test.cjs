// Evaluates the package more than once in one process: in a second test file, and after resetModules.

const url = process.env.PEER

async function echo() {
  const { connect } = require('websocket-rs')
  const { connect: connectBlocking } = require('websocket-rs/sync')
  const ws = await connect(`${url}/echo`)
  const blocking = connectBlocking(`${url}/echo`)
  blocking.send('blocking')
  await ws.send('promise')
  return { connect, ws, blocking }
}

const receiveBoth = async ({ ws, blocking }) => [await ws.recv(), blocking.recv()]

test('both APIs echo', async () => {
  const copy = await echo()
  expect(await receiveBoth(copy)).toEqual(['promise', 'blocking'])
  await copy.ws.close()
})

test('two copies echo at the same time', async () => {
  const first = await echo()
  jest.resetModules()
  const second = await echo()
  expect(second.connect).not.toBe(first.connect)
  expect(await receiveBoth(first)).toEqual(['promise', 'blocking'])
  expect(await receiveBoth(second)).toEqual(['promise', 'blocking'])
  await first.ws.close()
  await second.ws.close()
  expect([first.ws.closeCode, second.ws.closeCode]).toEqual([1000, 1000])
})
