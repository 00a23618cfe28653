/** What stands around a snippet that does not declare all that it uses: `<!-- snippet: with NAME -->`. */

interface Setup {
  before: string
  after?: string
}

const OPEN = "import { connect as open } from 'websocket-rs'\nconst ws = await open('ws://localhost:8080')\n"

export const SETUPS: Readonly<Record<string, Setup>> = {
  connect: { before: "import { connect } from 'websocket-rs'\n" },
  ca: { before: "const ca = process.env['SNIPPETS_CA'] as string\n" },
  proxy: { before: "const proxy = process.env['SNIPPETS_PROXY'] as string\n" },
  'a file': {
    before: `import { createReadStream, mkdtempSync, writeFileSync } from 'node:fs'
import { open as create } from 'node:fs/promises'
process.chdir(mkdtempSync(process.env['SNIPPETS_FOLDER'] + '/'))
writeFileSync('backup.tar', Buffer.alloc(100_000))
const file = await create('copy.tar', 'w')
${OPEN}`,
    after: 'await file.close()\nawait ws.close()\n',
  },
  'steps of work': {
    before: `import { connect, type Message } from 'websocket-rs/sync'
const ws = connect('ws://localhost:8080')
ws.send('hello')
const steps = [1, 2, 3]
const work = (step: number) => ws.send(String(step))
`,
    after: 'ws.close()\n',
  },
  'a token': {
    before: `import { connect } from 'websocket-rs'
let last = 0
const token = async () => 'secret'
`,
  },
  spans: {
    before: `import { connect } from 'websocket-rs'
const startSpan = (url) => ({ addEvent: () => {}, end: ({ messagesSent }) => console.log(url, messagesSent) })
`,
    after: "const ws = await connect('ws://localhost:8080')\nawait ws.close()\n",
  },
  'a blocking connection': {
    before: `import { connect } from 'websocket-rs/sync'
const ws = connect('wss://localhost:8443/feed')
ws.send('subscribe')
`,
  },
}
