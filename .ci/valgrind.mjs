// Runs __test__/memory/programs/checked.mjs under valgrind's memcheck with a debug build of the addon. Memcheck reports
// invalid reads and writes, use of freed or uninitialised memory, and leaks. Each report is a failure, unless
// valgrind.supp lists it as one of third-party code.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'

const FOLDER = 'build/valgrind'
const REPORT = 'build/reports/valgrind.json'
const TARGET = process.env.CARGO_TARGET_DIR || 'target'
const PROGRAM = '__test__/memory/programs/checked.mjs'
const OPTIONS = [
  '--error-exitcode=99',
  '--num-callers=30',
  '--leak-check=full',
  '--show-leak-kinds=definite',
  '--errors-for-leak-kinds=definite',
  '--suppressions=.ci/valgrind.supp',
]

/** Builds the addon with symbols, assertions and line numbers. */
function buildAddon() {
  execFileSync('cargo', ['build', '--quiet', '--locked', '--package', 'websocket-rs-node'], {
    stdio: 'inherit',
  })
  mkdirSync(FOLDER, { recursive: true })
  copyFileSync(`${TARGET}/debug/libwebsocket_rs_node.so`, `${FOLDER}/websocket-rs.node`)
}

async function startPeer() {
  const peer = spawn(`${TARGET}/release/websocket-rs-peer`, [], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = await once(peer.stdout, 'data')
  return { ...JSON.parse(line), stop: () => peer.kill() }
}

/** Returns whether the program passes without a report. */
function check({ ws, wss, raw }) {
  const log = `${FOLDER}/memcheck.log`
  const program = [process.execPath, '--expose-gc', PROGRAM, JSON.stringify({ ws, wss, raw })]
  const run = spawnSync('valgrind', [...OPTIONS, `--log-file=${log}`, ...program], {
    encoding: 'utf8',
    env: { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: `${process.cwd()}/${FOLDER}/websocket-rs.node` },
    timeout: 300_000,
  })
  const passed = run.status === 0 && run.stdout === 'all there\n'
  if (passed) console.log('memcheck reports nothing')
  else
    console.log(
      `ended with ${run.status ?? run.signal}\n${run.stdout}${run.stderr}${readFileSync(log, 'utf8')}`,
    )
  return passed
}

buildAddon()
const peer = await startPeer()
const passed = check(peer)
peer.stop()
mkdirSync('build/reports', { recursive: true })
writeFileSync(REPORT, JSON.stringify({ passed: Number(passed), failed: Number(!passed), skipped: 0 }))
if (!passed) process.exitCode = 1
