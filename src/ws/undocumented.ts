/** What programs read of a WebSocket of `ws` beyond its documentation. */

import type { Client } from './client.js'

const PROPERTIES: Record<string, (client: Client) => unknown> = {
  _autoPong: ({ options }) => options.autoPong,
  _binaryType: ({ binaryType }) => binaryType,
  _bufferedAmount: ({ connection, bufferedAmount }) => (connection === undefined ? bufferedAmount : 0),
  _closeCode: ({ closeCode }) => closeCode,
  _closeFrameReceived: ({ isCloseReceived }) => isCloseReceived,
  _closeFrameSent: ({ isCloseSent }) => isCloseSent,
  _closeMessage: ({ closeReason }) => closeReason,
  _closeTimeout: ({ options }) => options.closeTimeout,
  _closeTimer: ({ connection }) => connection?.closeTimer ?? null,
  _errorEmitted: ({ hasEmittedError }) => hasEmittedError,
  _extensions: ({ extensions }) => extensions,
  _isServer: () => false,
  _paused: ({ isPaused }) => isPaused,
  _protocol: ({ connection }) => connection?.protocol ?? '',
  _readyState: ({ readyState }) => readyState,
  _receiver: ({ receiver }) => receiver,
  _redirects: ({ opening }) => opening.redirects,
  _req: ({ opening }) => opening.request ?? null,
  _sender: ({ sender }) => sender,
  _socket: ({ socket }) => socket,
  _url: ({ opening }) => opening.href,
  _wasClean: ({ isCloseReceived, isCloseSent }) => isCloseReceived && isCloseSent,
}

/** Defines the properties on a prototype. What a program assigns to one becomes a property of that object. */
export function defineUndocumented(prototype: object, clientOf: (ws: object) => Client): void {
  for (const [name, read] of Object.entries(PROPERTIES)) {
    Object.defineProperty(prototype, name, {
      get(this: object) {
        return read(clientOf(this))
      },
      set(this: object, value: unknown) {
        Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true })
      },
      configurable: true,
    })
  }
}
