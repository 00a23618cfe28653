// Puts the modules of src/ together: one file of code that all entries share, and an entry of a few lines for
// each face. Thirty modules take Node 5 ms longer to load. Declarations are TypeScript's, a file for each module.

import { defineConfig } from 'rolldown'

const ENTRIES = ['index', 'sync']
/** For unit tests; not published. */
const INTERNALS = 'internals'

const inputs = (names, extension) => Object.fromEntries(names.map((name) => [name, `src/${name}${extension}`]))

const common = { platform: 'node', logLevel: 'warn', transform: { target: 'es2022' } }

export default defineConfig([
  {
    ...common,
    input: inputs([...ENTRIES, INTERNALS], '.ts'),
    // Found at run time, beside the package's manifest.
    external: ['../native/loader.js', '../package.json'],
    output: {
      dir: 'dist',
      format: 'cjs',
      chunkFileNames: '[name].js',
      codeSplitting: { groups: [{ name: 'websocket-rs', test: /[\\/]src[\\/]/ }] },
      strict: true,
      esModule: true,
      generatedCode: { symbols: false },
      // They stand in the declarations.
      comments: false,
    },
  },
  {
    ...common,
    input: inputs(ENTRIES, '.mts'),
    // One module state, however it is loaded.
    external: ENTRIES.map((name) => `./${name}.js`),
    output: { dir: 'dist', format: 'esm', entryFileNames: '[name].mjs' },
  },
])
