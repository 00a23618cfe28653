/** The version of the package. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Returns the version of the package, which the bundle in `dist` belongs to. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as {
    version: string
  }
  return version
}
