/** Names of options in errors of the library, and the flags that set them. */

import type { FlagName } from './flags.js'

/** The flag of each option that the command line passes to `connect`. */
const FLAG_OF_OPTION: Record<string, FlagName> = {
  compression: 'compress',
  connectTimeout: 'timeout',
  followRedirects: 'follow',
  headers: 'header',
  maxMessageSize: 'max-size',
  origin: 'origin',
  protocols: 'subprotocol',
  proxy: 'proxy',
  'tls.ca': 'ca',
  'tls.cert': 'cert',
  'tls.key': 'key',
  'tls.passphrase': 'passphrase',
  'tls.rejectUnauthorized': 'insecure',
  'tls.servername': 'servername',
}

/** `option` before a name, which may be an ordinary word, or a name that is none. */
const NAMED = /(?:the )?\boption ([\w.]+\w)|\b(tls\.\w+|[a-z]+[A-Z]\w+)/g

/** Returns the message of an error with flags in the place of options. */
export function withFlags(message: string): string {
  return message.replace(NAMED, (text, afterWord?: string, alone?: string) => {
    const option = afterWord ?? alone ?? ''
    return Object.hasOwn(FLAG_OF_OPTION, option) ? `--${FLAG_OF_OPTION[option]}` : text
  })
}
