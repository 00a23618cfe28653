// The classes of the web API are those of TypeScript's library `dom`, so that they can take the place of the global
// ones. `tsc -p __test__/types/dom` checks it; nothing here runs.

import * as web from 'websocket-rs/web'

declare const mine: web.WebSocket

export const asTheirs: WebSocket = mine
export const theirClass: new (url: string, protocols?: string[]) => WebSocket = web.WebSocket
export const asTheirClass: typeof WebSocket = web.WebSocket

declare const closed: web.CloseEvent
declare const message: web.MessageEvent<string>
declare const failed: web.ErrorEvent

export const events: [CloseEvent, MessageEvent<string>, ErrorEvent] = [closed, message, failed]
export const closeEvent: web.CloseEvent = new CloseEvent('close')
export const messageEvent: web.MessageEvent<string> = new MessageEvent<string>('message')
export const errorEvent: web.ErrorEvent = new ErrorEvent('error')

/** Code that was written for the global. */
export function attach(socket: WebSocket): void {
  socket.onmessage = ({ data }: MessageEvent<string>) => data.length
  socket.addEventListener('close', (event: CloseEvent) => event.code)
}
attach(mine)

globalThis.WebSocket = web.WebSocket
