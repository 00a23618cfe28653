/** A platform for which a library is published. */
export interface Platform {
  /** The target of the compiler. */
  target: string
  /** The name that `napi build` gives the platform. */
  name: string
  packageName: string
  /** The file name of the library. */
  library: string
  /** The conditions under which package managers install the package. */
  conditions: { os: [NodeJS.Platform]; cpu: [NodeJS.Architecture]; libc?: ['glibc' | 'musl'] }
}

export const platforms: Platform[]
export const manifest: { name: string; version: string }
