// Runs __test__/platforms/suite.mjs with the libraries of `make cross` on other systems: `test.mjs PLATFORM...`. The package is
// installed there as npm would. Under emulation the suite is all that can be run: a process cannot start another one.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifest } from '../platforms.mjs'
import { stageMain, stagePlatform } from '../stage.mjs'
import { commandOf, LIBRARIES, pathIn, systemOf } from './enter.mjs'

const SUITE = '__test__/platforms/suite.mjs'
/** Limit of one run in ms: an emulated one takes ten times as long as others. */
const TIMEOUT = 600_000

/** Installs the package, its platform package and the suite into the folder `test` of a system. */
function install({ platform, root }) {
  const folder = join(root, 'test')
  rmSync(folder, { recursive: true, force: true })
  const modules = join(folder, 'node_modules')
  mkdirSync(modules, { recursive: true })
  stageMain(join(modules, manifest.name))
  stagePlatform(platform, LIBRARIES, join(modules, platform.packageName))
  // Without a manifest of its own, the folder would belong to this repository, whose name is the package's.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  cpSync(SUITE, join(folder, 'suite.mjs'))
}

async function startPeer() {
  const folder = process.env.CARGO_TARGET_DIR ?? 'target'
  const peer = spawn(join(folder, 'release/websocket-rs-peer'), { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = await once(peer.stdout, 'data')
  return { announcement: line.toString(), stop: () => peer.stdin.end() }
}

/** Runs the suite on a platform; returns whether it passed. */
function test(name, announcement) {
  console.log(`\n==> ${name}`)
  const system = systemOf(name)
  install(system)
  const suite = pathIn(system, '/test/suite.mjs')
  const [program, ...args] = commandOf(system, '/opt/node', [suite, announcement])
  const { error, status, signal } = spawnSync(program, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: TIMEOUT,
  })
  if (status !== 0) console.error(`${name}: failed, ${error?.message ?? signal ?? `exit code ${status}`}`)
  return status === 0
}

const names = process.argv.slice(2)
const peer = await startPeer()
const passed = names.filter((name) => test(name, peer.announcement))
peer.stop()
console.log(`\n${passed.length} of ${names.length} platforms passed`)
process.exitCode = names.length > 0 && passed.length === names.length ? 0 : 1
