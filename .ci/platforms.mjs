// The platforms for which a library is published: the targets of `napi` in package.json, each with its package.

import { readFileSync } from 'node:fs'
import { parseTriple } from '@napi-rs/cli'

const SCOPE = '@websocket-rs'
const LIBC = { gnu: 'glibc', musl: 'musl' }

/** The manifest of the repository. */
export const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** `name` is the platform, as `napi build` names it in `library`; `conditions` are those under which npm installs it. */
export const platforms = manifest.napi.targets.map((target) => {
  const { platformArchABI: name, platform: os, arch: cpu, abi } = parseTriple(target)
  const libc = os === 'linux' ? { libc: [LIBC[abi]] } : {}
  return {
    target,
    name,
    packageName: `${SCOPE}/${name}`,
    library: `${manifest.napi.binaryName}.${name}.node`,
    conditions: { os: [os], cpu: [cpu], ...libc },
  }
})
