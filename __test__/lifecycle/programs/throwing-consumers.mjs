// Consumers of two of four connections throw at every tenth message. Counts the messages of all connections.

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
const throwAtTenth = (number) => number % 10 === 0 && queueMicrotask(failNow)
const counts = await Promise.all([
  collect(url, () => {}),
  collect(url, throwAtTenth),
  collect(url, throwAtTenth),
  collect(url, () => {}),
])
console.log(`received ${counts}`)
console.log(`thrown ${thrown}`)
