// Has the connects of a program use the driver that WEBSOCKET_RS_TEST_DRIVER names; the flags of support/program.ts load it.

// biome-ignore lint/style/noRestrictedImports: the package does not export it.
import { preferred } from '../../../dist/internals.js'

preferred.driver = process.env.WEBSOCKET_RS_TEST_DRIVER
