// A package registry on this machine, which knows only what is published to it. Prints its URL, and exits when its
// standard input ends. Argument: the folder of its data.
const { once } = require('node:events')
const { createRequire } = require('node:module')
const { join } = require('node:path')

const root = join(__dirname, '../../..')
const { runServer } = createRequire(join(root, '.cache/registry/package.json'))('verdaccio')
const [, , folder] = process.argv

async function main() {
  const registry = await runServer({
    configPath: join(folder, 'config.yaml'),
    self_path: join(folder, 'config.yaml'),
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: 1 } },
    packages: { '**': { access: '$all', publish: '$all' } },
    uplinks: {},
    web: { enable: false },
    log: { type: 'stdout', level: 'error' },
    max_body_size: '50mb',
  })
  registry.listen(0, '127.0.0.1')
  await once(registry, 'listening')
  console.log(JSON.stringify({ url: `http://127.0.0.1:${registry.address().port}/` }))
  process.stdin.on('end', () => process.exit()).resume()
}

void main()
