import type { Platform } from '../platforms.mjs'

/** A system of `make test-cross`. */
export interface System {
  platform: Platform
  /** The folder that is its root. */
  root: string
  isEmulated: boolean
  /** The emulator of its architecture, if one is known. */
  qemu?: string
}

export const LIBRARIES: string
export function systemOf(name: string): System
export function pathIn(system: System, path: string): string
export function commandOf(system: System, node: string, args: string[]): string[]
