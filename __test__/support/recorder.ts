/** A scripted peer that records frames. */

import { hex, Opcode } from '../wire/bytes.js'
import { peer } from './peer.js'

/** Registers a script that records the frames of the next connection. */
export function recorder(frames: number) {
  const reads = Array.from({ length: frames }, () => ({ readFrame: true }))
  const script = peer.script([{ accept: true }, ...reads, { readToEnd: true }])
  const recorded = async () =>
    (await script.transcript()).frames.map(({ fin, opcode, hex }) => [fin, opcode, hex])
  return { url: script.url, recorded }
}

/** The recorded close frame of a connection that failed within a message. */
export const INCOMPLETE = [true, Opcode.Close, `03f3${hex('incomplete message')}`]
