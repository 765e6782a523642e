/** bcrypt hashes of other systems: `$2a$`, `$2b$`, `$2y$` and `$2x$`. The library compares `$2b$`, and the others are turned into it. */
import type { CompareBcrypt, Scheme } from './scheme.ts'

const [leastCost, mostCost] = [4, 16]
// bcrypt reads no further. The rule for longer passwords differed between versions, and the cut makes them alike.
const mostBytes = 72

export function bcryptForm(text: string, name: string, compare: CompareBcrypt): ReturnType<Scheme> {
  const [, cost] = /^(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text) ?? []
  if (cost === undefined || Number(cost) < leastCost) return 'broken'
  if (Number(cost) > mostCost) return 'beyond the limits'
  return (password) => compare(name === '2x' ? asReadBy2x(password) : password.subarray(0, mostBytes), `$2b$${text}`)
}

/**
 * The key that `$2b$` must read to do what `$2x$` did. PHP before 5.3.7 took a byte above 127 for a negative number, which overwrote the
 * bytes before it in the same word of four. bcrypt repeats the password with a final NUL until it has 72 bytes.
 */
export function asReadBy2x(password: Buffer): Buffer {
  const end = password.indexOf(0)
  const repeated = Buffer.concat([end === -1 ? password : password.subarray(0, end), Buffer.from([0])])
  const key = Buffer.alloc(mostBytes)
  for (let i = 0; i < mostBytes; i++) {
    const byte = repeated[i % repeated.length] ?? 0
    key[i] = byte
    if (byte > 127) key.fill(0xff, i - (i % 4), i)
  }
  return key
}
