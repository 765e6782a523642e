/**
 * `node scripts/common-passwords.ts passwords.json`: writes src/accounts/common-passwords.ts from the list of
 * @zxcvbn-ts/language-common (in a directory of your own: `npm pack @zxcvbn-ts/language-common`, then
 * `package/src/passwords.json`). Only passwords of 8 characters or more: shorter ones are refused anyway.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { brotliCompressSync } from 'node:zlib'

const [source = 'passwords.json'] = process.argv.slice(2)
const words = JSON.parse(await readFile(source, 'utf8')) as string[]
const folded = words.map((word) => word.normalize('NFKC').toLowerCase()).filter((word) => Array.from(word).length >= 8)
const list = [...new Set(folded)].toSorted().join('\n')
const packed = brotliCompressSync(list).toString('base64')

const code = `/**
 * Written by scripts/common-passwords.ts: ${list.split('\n').length} of the passwords that are used most, of 8 characters or more, from
 * @zxcvbn-ts/language-common 4.1.3 (MIT, (c) 2012-2016 Dan Wheeler and Dropbox, Inc., (c) 2021 @zxcvbn-ts; see LICENSE).
 */
import { brotliDecompressSync } from 'node:zlib'

/** The password in NFKC and lower case. */
export const readCommonPasswords = (): ReadonlySet<string> =>
  new Set(brotliDecompressSync(Buffer.from(packed, 'base64')).toString().split('\\n'))

const packed =
  '${packed}'
`
await writeFile(new URL('../src/passwords/common-passwords.ts', import.meta.url), code)
