// Lets Autobahn judge a client: `agent.mjs CLIENT URL FIRST`, CLIENT being a package's name. Prints the number
// of cases, then each case's number as it begins, and has the reports written after the last one. After FIRST
// agents before this one, it begins with another case than the first.

const [, , client, url, first] = process.argv
const { visit } = await import(client === 'ws' ? './ws.mjs' : './websocket-rs.mjs')
const agent = encodeURIComponent(client)

const count = Number(await visit(client, `${url}/getCaseCount`))
console.log(`of ${count}`)
for (let number = Number(first); number <= count; number += 1) {
  console.log(`case ${number}`)
  await visit(client, `${url}/runCase?case=${number}&agent=${agent}`)
}
console.log('report')
await visit(client, `${url}/updateReports?agent=${agent}`)
