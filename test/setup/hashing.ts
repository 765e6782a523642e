/** Runs work of a test while bcrypt hashes or compares a password. */
import bcrypt from 'bcrypt'
import type { Test } from 'tap'

type Work = () => Promise<unknown>

/** Runs this work while the server compares the next password. bcrypt returns only afterwards. */
export const duringNextCompare = (t: Test, work: Work): void => duringCompares(t, onlyOnce(work))

/** Runs this work whenever the server compares a password. */
export function duringCompares(t: Test, work: Work): void {
  const compare = bcrypt.compare.bind(bcrypt)
  t.capture(bcrypt, 'compare', async (password: string, hash: string) => {
    await work()
    return compare(password, hash)
  })
}

/** Runs this work while the server hashes the next password. bcrypt returns only afterwards. */
export function duringNextHash(t: Test, work: Work): void {
  const hash = bcrypt.hash.bind(bcrypt)
  const once = onlyOnce(work)
  t.capture(bcrypt, 'hash', async (password: string, cost: number) => {
    await once()
    return hash(password, cost)
  })
}

function onlyOnce(work: Work): Work {
  let left: Work | undefined = work
  return async () => {
    const now = left
    left = undefined
    await now?.()
  }
}
