// Evaluates the package more than once in one process: a second file of a worker, and after resetModules.

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

const heard = async ({ ws, blocking }) => [await ws.recv(), blocking.recv()]

test('the package works', async () => {
  const copy = await echo()
  expect(await heard(copy)).toEqual(['promise', 'blocking'])
  await copy.ws.close()
})

test('copies work side by side', async () => {
  const first = await echo()
  jest.resetModules()
  const second = await echo()
  expect(second.connect).not.toBe(first.connect)
  expect(await heard(first)).toEqual(['promise', 'blocking'])
  expect(await heard(second)).toEqual(['promise', 'blocking'])
  await first.ws.close()
  await second.ws.close()
  expect([first.ws.closeCode, second.ws.closeCode]).toEqual([1000, 1000])
})
