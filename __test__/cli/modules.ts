// Modules of the command line for tests of their own. They are taken from src, not from dist: another entry of the bundle
// would split the file of the command line.

// biome-ignore-start lint/style/noRestrictedImports: these modules are not exported.
export { EXIT_CODES, exitCodeOf } from '../../src/cli/exit-codes.js'
export { COMMANDS, type CommandName, type Flag, flagList, flagsOf } from '../../src/cli/flags.js'
export { Heartbeat } from '../../src/cli/heartbeat.js'
export { spell } from '../../src/cli/help.js'
export { hexDump, parseHex } from '../../src/cli/hex.js'
export { completeLine, parseLine, SLASH_COMMANDS } from '../../src/cli/interactive/commands.js'
export { History, historyPath } from '../../src/cli/interactive/history.js'
export { fromPictures, Keyboard, toPictures } from '../../src/cli/interactive/paste.js'
export { formatJSON } from '../../src/cli/json.js'
export { linesOf } from '../../src/cli/lines.js'
export { printable, printableLines } from '../../src/cli/printable.js'
export {
  closeEvent,
  controlEvent,
  eventLine,
  headerLine,
  messageEvent,
  messageOf,
  openEvent,
  parseEvent,
  parseHeader,
} from '../../src/cli/recording.js'
export { Signals } from '../../src/cli/signals.js'
export { hasColours, styleOf } from '../../src/cli/style.js'
export {
  formatCount,
  formatSize,
  formatTime,
  toCount,
  toDuration,
  toPositive,
  toSize,
} from '../../src/cli/values.js'
export { View } from '../../src/cli/view.js'
// biome-ignore-end lint/style/noRestrictedImports: see above.
