#!/usr/bin/env node
/** The command line: the bin `websocket-rs`. Loads the rest late, to report in a line if the native library does not load. */

import { loadCommandLine } from './cli/loading.js'

void loadCommandLine()?.main(process.argv.slice(2))
