/**
 * Random bytes for what is no secret: ids and salts. Drawn 4 KiB at a time: asked for sixteen, the system takes longer than a
 * hash does, and a refresh needs them twice. What lies here unused would tell of nothing that has to be guessed.
 */
import { randomFillSync } from 'node:crypto'

const drawn = Buffer.alloc(4096)
let used = drawn.length

/** Sixteen bytes that were never given out before. */
export function nonce(): Buffer {
  if (used === drawn.length) {
    randomFillSync(drawn)
    used = 0
  }
  used += 16
  return Buffer.from(drawn.subarray(used - 16, used))
}
