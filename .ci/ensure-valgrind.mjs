// valgrind, which `make instructions` and `make valgrind` run.

import { spawnSync } from 'node:child_process'

/** Runs valgrind once to see it work; installs it where that takes no more than apt. */
export function ensureValgrind() {
  const works = () => spawnSync('valgrind', ['--version']).status === 0
  if (works()) return
  const apt = (...args) => spawnSync('apt-get', ['-qq', ...args], { stdio: 'inherit' }).status === 0
  if (process.getuid() === 0 && apt('update') && apt('install', '--yes', 'valgrind') && works()) return
  console.error(
    'valgrind is missing and could not be installed; on Debian and Ubuntu: apt-get install valgrind',
  )
  process.exit(1)
}
