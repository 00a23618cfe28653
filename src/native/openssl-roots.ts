/** Reads the root certificates of OpenSSL, for `node --use-openssl-ca` and for builds of Node that use them by default. */

import { readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Folders of OpenSSL: in Node's own builds, and in builds with the system's OpenSSL. */
const FOLDERS =
  process.platform === 'win32'
    ? ['C:\\Program Files\\Common Files\\SSL']
    : ['/etc/ssl', '/usr/lib/ssl', '/etc/pki/tls', '/System/Library/OpenSSL', '/usr/local/ssl']

/** The file name of a certificate in a folder: the hash of its subject, and a number. */
const HASHED = /^[0-9a-f]{8}\.\d+$/

/** The relevant part of `process.config`. */
interface Config {
  target_defaults?: { defines?: string[] }
}

/** Whether Node trusts OpenSSL's roots instead of its own, because of a flag or of its build. */
export function usesOpenssl(flags: readonly string[], config = process.config as Config): boolean {
  if (flags.includes('--use-openssl-ca')) return true
  const isBuiltIn = config.target_defaults?.defines?.includes('NODE_OPENSSL_CERT_STORE') ?? false
  return isBuiltIn && !flags.includes('--use-bundled-ca')
}

/** Returns the result of a read, or `undefined` if it fails. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    // OpenSSL ignores it, too.
    return undefined
  }
}

const readFile = (path: string) => attempt(() => readFileSync(path, 'latin1'))
const readFolder = (path: string) => attempt(() => readdirSync(path).filter((name) => HASHED.test(name)))

/** Returns the first result that exists. */
function first<T>(paths: string[], read: (path: string) => T | undefined): T | undefined {
  for (const path of paths) {
    const found = read(path)
    if (found !== undefined) return found
  }
  return undefined
}

function fromFolders(given: string | undefined): (string | undefined)[] {
  const read = (folder: string) => readFolder(folder)?.map((name) => readFile(join(folder, name)))
  if (given) return given.split(delimiter).flatMap((folder) => read(folder) ?? [])
  const usual = FOLDERS.map((folder) => join(folder, 'certs'))
  return first(usual, read) ?? []
}

/** Returns the texts of OpenSSL's file and folders of roots, which `SSL_CERT_FILE` and `SSL_CERT_DIR` override. */
export function opensslRoots(): string[] {
  const { SSL_CERT_FILE, SSL_CERT_DIR } = process.env
  const files = SSL_CERT_FILE ? [SSL_CERT_FILE] : FOLDERS.map((folder) => join(folder, 'cert.pem'))
  const texts = [first(files, readFile), ...fromFolders(SSL_CERT_DIR)]
  return texts.filter((text) => text !== undefined)
}
