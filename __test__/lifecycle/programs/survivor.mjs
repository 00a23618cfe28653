// One connection's user code throws at every tenth message. Everybody's messages arrive all the same.

import { connect } from 'websocket-rs'

const COUNT = 1000
let thrown = 0
process.on('uncaughtException', () => {
  thrown += 1
})

async function collect(url, handle) {
  const ws = await connect(url)
  let number = 0
  for await (const message of ws) {
    if (Number(message) !== number) throw new Error(`${message} instead of ${number}`)
    handle(number)
    number += 1
  }
  return number
}

function failNow() {
  throw new Error('thrown on purpose')
}

const url = `${process.argv[2]}?count=${COUNT}&size=16&kind=text`
const careless = (number) => number % 10 === 0 && queueMicrotask(failNow)
const counts = await Promise.all([
  collect(url, () => {}),
  collect(url, careless),
  collect(url, careless),
  collect(url, () => {}),
])
console.log(`received ${counts}`)
console.log(`thrown ${thrown}`)
