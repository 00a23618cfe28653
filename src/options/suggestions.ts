/** What to write instead of an option name that does not exist. */

/** Option names of other clients (`ws`, undici, Node's `tls`, Python's websockets), and what they are called here. */
const ELSEWHERE: Record<string, string> = {
  handshakeTimeout: 'connectTimeout',
  timeout: 'connectTimeout',
  open_timeout: 'connectTimeout',
  maxPayload: 'maxMessageSize',
  maxReceivedMessageSize: 'maxMessageSize',
  max_size: 'maxMessageSize',
  perMessageDeflate: 'compression',
  permessageDeflate: 'compression',
  compressionOptions: 'compression',
  compressionLevel: 'compression.level',
  'compression.zlibDeflateOptions': 'compression.level and compression.memLevel',
  'compression.compressionLevel': 'compression.level',
  protocol: 'protocols',
  subprotocols: 'protocols',
  dispatcher: 'proxy',
  httpAgent: 'agent',
  auth: 'headers, as Authorization, or user name and password in the URL',
  additional_headers: 'headers',
  extra_headers: 'headers',
  socketPath: 'a ws+unix: URL',
  maxQueue: 'receiveQueue',
  max_queue: 'receiveQueue',
  write_limit: 'highWaterMark',
  heartbeat: 'pingInterval',
  keepAlive: 'pingInterval',
  heartbeatInterval: 'pingInterval',
  ssl: 'tls',
  ca: 'tls.ca',
  cert: 'tls.cert',
  key: 'tls.key',
  passphrase: 'tls.passphrase',
  rejectUnauthorized: 'tls.rejectUnauthorized',
  servername: 'tls.servername',
  minVersion: 'tls.minVersion',
  maxVersion: 'tls.maxVersion',
  ALPNProtocols: 'tls.ALPNProtocols',
}

/** Most letters by which a misspelling differs from the name. */
const MAX_DISTANCE = 2

/** Names are compared without case, `_` and `-`. */
const plain = (name: string) => name.toLowerCase().replace(/[_-]/g, '')

/** Levenshtein distance: letters to insert, delete or replace. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at]
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[at - 1] === other[column - 1]
      const replaced = (row[column - 1] as number) + (isSame ? 0 : 1)
      next.push(Math.min(replaced, (row[column] as number) + 1, (next[column - 1] as number) + 1))
    }
    row = next
  }
  return row[other.length] as number
}

/** Returns the known name that is closest to a misspelled one, or `undefined` if none is close. */
function closest(name: string, known: Iterable<string>): string | undefined {
  let [best, least]: [string | undefined, number] = [undefined, MAX_DISTANCE + 1]
  for (const each of known) {
    const by = distance(plain(name), plain(each))
    // Half of a short name may differ by chance.
    if (by < least && by * 2 < each.length) [best, least] = [each, by]
  }
  return best
}

/**
 * Returns the end of an error message, such as `; did you mean connectTimeout?`, or `''`.
 *
 * @param prefix the names of the object that holds the option, such as `tls.`
 */
export function suggestion(name: string, known: Iterable<string>, prefix: string): string {
  const elsewhere = Object.hasOwn(ELSEWHERE, prefix + name) ? ELSEWHERE[prefix + name] : undefined
  const meant = elsewhere ?? closest(name, known)
  return meant === undefined ? '' : `; did you mean ${elsewhere === undefined ? prefix : ''}${meant}?`
}
