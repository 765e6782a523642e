/**
 * The speed of the expensive operation alone, without a server: `node load/raw.ts verify FILE SECONDS` on one core, or
 * `hash COST SECONDS` on all. Prints the number per second.
 */
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import bcrypt from 'bcrypt'

const [what, argument = '', length = '1'] = process.argv.slice(2)
const milliseconds = Number(length) * 1000

/** Verifies the signatures of these tokens one after the other, repeatedly. */
async function verifyAll(file: string): Promise<number> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const lines = (await readFile(file, 'utf8')).split('\n', 2000).filter(Boolean)
  const signed = lines.map((line) => {
    const token = line.slice(line.lastIndexOf(' ') + 1)
    const data = Buffer.from(token.slice(0, token.lastIndexOf('.')))
    return { data, signature: sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }) }
  })
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
  let count = 0
  const from = performance.now()
  while (performance.now() - from < milliseconds) {
    for (let i = 0; i < 100; i++, count++) {
      const { data, signature } = signed[count % signed.length]!
      if (!verify('sha256', data, key, signature)) throw new Error('a signature was refused')
    }
  }
  return count / ((performance.now() - from) / 1000)
}

/** Compares passwords, as many at once as there are cores. */
async function compareAll(cost: number): Promise<number> {
  const hash = await bcrypt.hash('a password of no one', cost)
  let count = 0
  const from = performance.now()
  const work = async () => {
    while (performance.now() - from < milliseconds) {
      if (!(await bcrypt.compare('a password of no one', hash))) throw new Error('a password was refused')
      count++
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return count / ((performance.now() - from) / 1000)
}

console.log(what === 'verify' ? await verifyAll(argument) : await compareAll(Number(argument)))
