/**
 * Random bytes for ids and salts, which are not secret. They are drawn 4 KiB at a time, because a system call for sixteen bytes takes longer
 * than a hash, and a refresh needs two of them. The unused bytes in memory are not secret either.
 */
import { randomFillSync } from 'node:crypto'

const drawn = Buffer.alloc(4096)
let used = drawn.length

/** Sixteen new random bytes. */
export function nonce(): Buffer {
  if (used === drawn.length) {
    randomFillSync(drawn)
    used = 0
  }
  used += 16
  return Buffer.from(drawn.subarray(used - 16, used))
}
