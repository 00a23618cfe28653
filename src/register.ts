/**
 * websocket-rs/register: has programs that use the npm package `ws` or the global WebSocket use this package, unchanged.
 * Loading it replaces both: `node --import websocket-rs/register app.js`.
 *
 * @packageDocumentation
 */

import { replaceGlobal, restoreGlobal } from './register/global.js'
import { replaceModules, restoreModules } from './register/modules.js'

/**
 * Replaces the package `ws`, versions 8.x, in all copies that are loaded from now on, and `globalThis.WebSocket`. Loading
 * `websocket-rs/register` does it already. Does nothing if they are replaced.
 */
export function enableMonkeypatch(): void {
  replaceModules()
  replaceGlobal()
}

/**
 * Restores the originals. Connections that are open go on, and a class that a module has taken from `ws` while it was
 * replaced makes originals from now on.
 */
export function disableMonkeypatch(): void {
  restoreModules()
  restoreGlobal()
}

enableMonkeypatch()
