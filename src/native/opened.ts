/** An open connection, as native code describes it. */

import type { AddressInfo } from 'node:net'

/** The lines of a description before those of the headers. */
const HEADERS = 6

/**
 * The number of an open connection, and its description: lines for subprotocol, extensions, local address and port, remote
 * address and port, then for the names and values of the response headers in turn. It is parsed when it is read, which most
 * programs never do.
 */
export class Opened {
  readonly id: number
  readonly #description: string

  constructor(id: number, description: string) {
    this.id = id
    this.#description = description
  }

  /** The subprotocol that the server chose; `''` if none. */
  get protocol(): string {
    return this.#line(0)
  }

  /** The extensions in use, as in `Sec-WebSocket-Extensions`; `''` if none. */
  get extensions(): string {
    return this.#line(1)
  }

  /** The local address. */
  get local(): AddressInfo {
    return this.#address(2)
  }

  /** The remote address. */
  get remote(): AddressInfo {
    return this.#address(4)
  }

  /** The headers of the upgrade response: names and values in turn. */
  get headers(): string[] {
    return this.#description.split('\n').slice(HEADERS, -1)
  }

  /** Returns a line, without parsing the headers behind it. */
  #line(at: number): string {
    let from = 0
    for (let line = 0; line < at; line += 1) from = this.#description.indexOf('\n', from) + 1
    return this.#description.slice(from, this.#description.indexOf('\n', from))
  }

  #address(at: number): AddressInfo {
    const address = this.#line(at)
    const family = address.includes(':') ? 'IPv6' : 'IPv4'
    return { address, family: address === '' ? 'Unix' : family, port: Number(this.#line(at + 1)) }
  }
}
