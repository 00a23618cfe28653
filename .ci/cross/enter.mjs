// How programs run on the systems of .cache/cross/systems, as `.ci/cross/system` installs them. One of this machine's
// architecture is entered with chroot, as root or with sudo; others are emulated by qemu-user, where a process cannot start
// another one.

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { platforms } from '../platforms.mjs'

const QEMU = { arm64: 'qemu-aarch64' }

/** The folder of the libraries of `make cross`. */
export const LIBRARIES = process.env.PROFILE === 'dev' ? 'build/cross/dev' : 'build/cross'

/** Returns a system by the name of its platform. */
export function systemOf(name) {
  const platform = platforms.find((each) => each.name === name)
  if (platform === undefined) throw new Error(`${name} is not among napi.targets of package.json`)
  const root = resolve('.cache/cross/systems', name)
  if (!existsSync(join(root, 'opt/node'))) throw new Error(`${root} is missing: run make test-cross`)
  const [cpu] = platform.conditions.cpu
  return { platform, root, isEmulated: cpu !== process.arch, qemu: QEMU[cpu] }
}

/** Returns how programs of a system name a file of it: an emulated process sees the files of this machine. */
export function pathIn({ root, isEmulated }, path) {
  return isEmulated ? join(root, path) : path
}

/** Returns the command that runs a Node of a system, such as `/opt/node-24`, with arguments. */
export function commandOf(system, node, args) {
  const { root, isEmulated, qemu } = system
  if (isEmulated) {
    if (qemu === undefined) throw new Error(`no emulator is known for ${system.platform.name}`)
    return [qemu, '-L', root, join(root, node), ...args]
  }
  // The program runs as this user again, who has to be able to remove its files.
  const user = `${process.getuid()}:${process.getgid()}`
  const enter = `mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot --userspec=${user} "$0" "$@"`
  // sudo keeps no environment unless it is asked to.
  const sudo = process.getuid() === 0 ? [] : ['sudo', '--preserve-env']
  return [...sudo, 'unshare', '--mount', 'sh', '-c', enter, root, node, ...args]
}
