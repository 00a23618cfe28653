// Lets Vitest's workers end regularly, so that the addon writes its counters: see .ci/coverage. Vitest ends them by SIGTERM.

process.on('SIGTERM', () => process.exit())
