/** All targets of bench/TARGETS.md, in its order. */

import { CALLBACK_TARGETS } from './callback-targets.js'
import { ECHO_TARGETS } from './echo-targets.js'
import { LOOP_TARGETS } from './loop-targets.js'
import { OTHER_TARGETS } from './other-targets.js'
import { PROCESS_TARGETS } from './process-targets.js'
import { SERVICE_TARGETS } from './service-targets.js'
import type { Target } from './target.js'

export const TARGETS: readonly Target[] = [
  ...ECHO_TARGETS,
  ...CALLBACK_TARGETS,
  ...SERVICE_TARGETS,
  ...LOOP_TARGETS,
  ...PROCESS_TARGETS,
  ...OTHER_TARGETS,
]
