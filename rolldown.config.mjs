// Bundles the modules of src/ into one file that all entries share, and an entry of a few lines for each API. Node takes
// 5 ms longer to load thirty modules. TypeScript writes the declarations, a file for each module.

import { defineConfig } from 'rolldown'

const ENTRIES = ['index', 'sync', 'ws', 'web', 'register']
/** The entry of unit tests, which is not published. */
const INTERNALS = 'internals'
/** What websocket-rs/register and the bin load late: no entries of users. */
const LATE = ['register-ws', 'command-line']
/** The bin. */
const BIN = 'cli'

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
      codeSplitting: { groups: [{ name: 'websocket-rs', test: /[\\/]src[\\/](?!ws[\\/.]|web[\\/.]|register[\\/.-]|cli[\\/.]|command-line\.|connection[\\/](callback|sent-callbacks)\.)/ }] },
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
