// Bundles the modules of src/ into one file that all entries share, and a file for each entry with what no other API
// needs: Node takes 5 ms longer to load thirty modules, and compiles what it does not run. TypeScript writes the
// declarations, a file for each module.

import { relative } from 'node:path'
import { defineConfig } from 'rolldown'

const ENTRIES = ['index', 'sync', 'ws', 'web', 'register']
/** The entry of unit tests, which is not published. */
const INTERNALS = 'internals'
/** What websocket-rs/register and the bin load late: no entries of users. */
const LATE = ['register-ws', 'command-line']
/** The bin. */
const BIN = 'cli'

/** Modules and folders of src that not all entries need. Those of one entry lie in its file. */
const NOT_SHARED = [
  ...['index', 'sync', 'ws', 'web', 'register', 'register-ws', 'cli', 'command-line'],
  ...['async', 'receiving', 'sending', 'flushes', 'fragmented-send', 'chunk-reader', 'message-stream'].map(ofConnection),
  ...['streams', 'forever', 'idle'].map(ofConnection),
  ...['sync', 'sync-receiving', 'sync-message-stream', 'sync-sending', 'deadline'].map(ofConnection),
  ...['callback', 'sent-callbacks'].map(ofConnection),
]

function ofConnection(name) {
  return `connection/${name}`
}

/** Whether a module belongs to the file that all entries share. */
function isShared(id) {
  const name = relative('src', id).replaceAll('\\', '/')
  return !name.startsWith('..') && !NOT_SHARED.some((one) => name === `${one}.ts` || name.startsWith(`${one}/`))
}

const inputs = (names, extension) => Object.fromEntries(names.map((name) => [name, `src/${name}${extension}`]))

const common = { platform: 'node', logLevel: 'warn', transform: { target: 'es2022' } }

export default defineConfig([
  {
    ...common,
    input: inputs([...ENTRIES, ...LATE, BIN, INTERNALS], '.ts'),
    // Loaded at run time. Rolldown rewrites the paths, which are relative to src/native, for the bundle in dist.
    external: [/^@websocket-rs\//, '../../package.json', 'ws', '../register-ws.js', '../web.js', '../command-line.js'],
    output: {
      dir: 'dist',
      format: 'cjs',
      chunkFileNames: '[name].js',
      codeSplitting: { groups: [{ name: 'websocket-rs', test: isShared }] },
      strict: true,
      esModule: true,
      generatedCode: { symbols: false },
      // The declarations have them.
      comments: false,
    },
  },
  {
    ...common,
    input: inputs(ENTRIES, '.mts'),
    // One module state for `import` and `require`.
    external: ENTRIES.map((name) => `./${name}.js`),
    output: { dir: 'dist', format: 'esm', entryFileNames: '[name].mjs' },
  },
])
