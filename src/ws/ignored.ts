/** The warnings of what a program asks for, and native code does not do. */

const given = new Set<string>()

/**
 * Emits a warning with the code `WEBSOCKET_RS_IGNORED`, once for each subject.
 *
 * @param subject what is ignored
 * @param why it is, and what the program can do instead
 */
export function warnIgnored(subject: string, why: string): void {
  if (given.has(subject)) return
  given.add(subject)
  process.emitWarning(`websocket-rs/ws: ${subject} is ignored: ${why}`, { code: 'WEBSOCKET_RS_IGNORED' })
}

/** Warns that a frame is masked although the program wants it to be sent as it is. */
export function warnUnmasked(): void {
  warnIgnored(
    'mask: false',
    'a client has to mask (RFC 6455 section 5.1), and servers fail connections that do not',
  )
}
