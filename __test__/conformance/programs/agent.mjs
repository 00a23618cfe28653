// Runs Autobahn's cases with a client: `agent.mjs CLIENT URL FIRST OFFER`. CLIENT is the name of a package, FIRST the number of
// the first case, OFFER what the client offers: none, deflate or deflate-no-context-takeover. Prints the number of cases and the number of each case as it begins. After the last case it makes the server
// write its reports.

const [, , client, url, first, offer] = process.argv
const { visit } = await import(client === 'ws' ? './ws.mjs' : './websocket-rs.mjs')
const agent = encodeURIComponent(client)

const count = Number(await visit(client, `${url}/getCaseCount`))
console.log(`of ${count}`)
for (let number = Number(first); number <= count; number += 1) {
  console.log(`case ${number}`)
  await visit(client, `${url}/runCase?case=${number}&agent=${agent}`, offer)
}
console.log('report')
await visit(client, `${url}/updateReports?agent=${agent}`)
