/** What a case asks of a client: the same work for each, done the way its own documentation shows. */

/** An adapter around one connection of one client. */
export interface Client {
  /** Sends `count` messages, each after the echo of the one before. */
  requestResponse(payload: Buffer, count: number): Promise<void> | void
  /** Sends `count` messages at once and waits until all echoes are there. */
  pipelined(payload: Buffer, count: number): Promise<void> | void
  close(): void
}

/** How a client is opened. */
export type Open = (url: string) => Promise<Client> | Client
