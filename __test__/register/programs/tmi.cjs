// tmi.js: joins a channel of a chat and receives a message.

const tmi = require('tmi.js')

const NAME = ':tmi.twitch.tv'
const quiet = { info() {}, warn() {}, error() {}, setLevel() {} }

async function main() {
  const { serve } = await import('./scripted-server.mjs')
  const reply = (socket, text) => {
    if (text.startsWith('NICK')) socket.send(`${NAME} 001 me :Welcome\r\n${NAME} 376 me :>\r\n`)
    if (text.startsWith('JOIN')) socket.send(':you!you@you.tmi.twitch.tv PRIVMSG #room :hello\r\n')
  }
  const server = await serve((socket) => socket.on('message', (data) => reply(socket, `${data}`)), {
    handleProtocols: () => 'irc',
  })
  const client = new tmi.Client({
    connection: { server: '127.0.0.1', port: server.port, secure: false, reconnect: false },
    logger: quiet,
    channels: ['#room'],
  })
  client.on('message', async (channel, _tags, message) => {
    console.log(channel, message)
    await client.disconnect()
    console.log(client.readyState())
    server.close()
  })
  await client.connect()
}

main()
